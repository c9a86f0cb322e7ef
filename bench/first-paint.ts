import path from 'node:path';
import { interleaved, type Run, run } from './measure.js';
import { aboveRow, type Row } from './table.js';
import type { Strata } from './strata.js';

const DEMO = path.resolve(import.meta.dirname, '../fixtures/generated/demo.tar');
const RUN = path.resolve(import.meta.dirname, '../bin/run.js');

/** Runs a program on a terminal of its own until it has written a word there, and kills it. Node has no terminals to give. */
const ON_TERMINAL = `
import fcntl, os, pty, signal, struct, sys, termios
word = sys.argv[1].encode()
pid, terminal = pty.fork()
if pid == 0:
    os.environ.update(TERM='xterm-256color', LANG='C.UTF-8')
    for name in ('CI', 'NO_COLOR'): os.environ.pop(name, None)
    os.execv(sys.argv[2], sys.argv[2:])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', 40, 120, 0, 0))
seen = b''
while word not in seen:
    seen += os.read(terminal, 65536)
os.kill(pid, signal.SIGKILL)
os.waitpid(pid, 0)
`;

/** The row of the explorer's first screen: from the start of the process to its first frame on a terminal. */
export async function* firstPaintRows(strata: Strata, runs: number): AsyncGenerator<Row> {
  await strata.run('ls', '-q', DEMO);
  const onTerminal =
    (word: string, ...program: readonly string[]) =>
    (): Promise<Run> =>
      run('python3', ['-c', ON_TERMINAL, word, process.execPath, ...program], { STRATA_STORE: strata.store });
  yield aboveRow(
    "first screen of `explore`; `node -e 0`'s first word, both on a terminal",
    await interleaved(
      runs,
      onTerminal('Layers', RUN, 'explore', DEMO),
      onTerminal('begun', '-e', 'process.stdout.write("begun")'),
    ),
    0.15,
  );
}
