import { spawn } from 'node:child_process';
import path from 'node:path';
import { text } from 'node:stream/consumers';

/** What is done on a terminal of 120 by 40. */
export interface Session {
  /** Regular expressions (of Python, over bytes) that are waited for in turn. */
  readonly until: readonly string[];
  /** Pressed one after another, each when the frame of the one before is complete. */
  readonly keys?: readonly string[];
  /** What leaves the program. */
  readonly end: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** What came of it. */
export interface Shown {
  /** From the start of the process to what was waited for: on the clock, and of processors (all threads, user and system). */
  readonly seconds: readonly number[];
  readonly cpuSeconds: readonly number[];
  /** From each key to the last byte of its frame; keys that change nothing are left out. */
  readonly keySeconds: readonly number[];
  /** Largest resident set, in MB (10^6). */
  readonly peakMB: number;
}

/** Silence that ends a frame, in seconds: longer than any program here pauses within one. */
const QUIET = 0.15;

/** Runs a program on a terminal of its own. Rejects with what it printed when something does not come within ten minutes. */
export async function onTerminal(argv: readonly string[], session: Session): Promise<Shown> {
  const { until, keys = [], end, env } = session;
  const child = spawn('python3', [path.join(import.meta.dirname, 'terminal.py')], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end(
    JSON.stringify({
      argv,
      env: { LC_ALL: 'C.UTF-8', TERM: 'xterm-256color', CI: null, NO_COLOR: null, ...env },
      columns: 120,
      rows: 40,
      until,
      keys,
      quiet: QUIET,
      end,
    }),
  );
  const [answer, said] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (answer === '') throw new Error(`${argv.join(' ')}: ${said}`);
  const told = JSON.parse(answer) as {
    seconds: number[];
    cpu: number[];
    keys: (number | null)[];
    peak: number;
  };
  return {
    seconds: told.seconds,
    cpuSeconds: told.cpu,
    keySeconds: told.keys.filter((one) => one !== null),
    peakMB: (told.peak * 1024) / 1e6,
  };
}
