import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import path from 'node:path';

/** What a program with a screen took. */
export interface Shown {
  /** Seconds from its start to what each pattern waited for. */
  readonly seconds: readonly number[];
  /** Largest resident set, in MB (10^6). */
  readonly peakMB: number;
}

/**
 * Runs a command line in a terminal of 120 by 40 (script(1)), waits until it printed each pattern in turn, types the keys
 * with a pause behind each, and then what ends it. Throws after ten minutes.
 */
export async function inTerminal(
  line: string,
  patterns: readonly RegExp[],
  keys: readonly string[],
  end: string,
  env: NodeJS.ProcessEnv = {},
): Promise<Shown> {
  const folder = await mkdtemp(path.join('/var/tmp', 'strata-terminal-'));
  const peak = path.join(folder, 'peak');
  const start = performance.now();
  const child = spawn(
    'script',
    ['-qec', `stty cols 120 rows 40; exec /usr/bin/time -f %M -o ${peak} ${line}`, '/dev/null'],
    { env: { ...process.env, LC_ALL: 'C.UTF-8', TERM: 'xterm-256color', CI: '', ...env } },
  );
  const ended = new Promise<void>((resolve, reject) =>
    child.on('close', () => resolve()).on('error', reject),
  );
  const seconds: number[] = [];
  let said = '';
  let all = (): void => undefined;
  const shown = new Promise<void>((resolve, reject) => {
    all = resolve;
    setTimeout(() => reject(new Error(`nothing fits in: ${said.slice(-2000)}`)), 600_000).unref();
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-200_000);
    while (seconds.length < patterns.length && patterns[seconds.length].test(said))
      seconds.push((performance.now() - start) / 1000);
    if (seconds.length === patterns.length) all();
  });
  try {
    await Promise.race([
      shown,
      ended.then(() => Promise.reject(new Error(`it ended: ${said.slice(-2000)}`))),
    ]);
    for (const key of [...keys, end]) {
      child.stdin.write(key);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await ended;
    return {
      seconds,
      peakMB: (Number((await readFile(peak, 'utf8')).trim().split('\n').at(-1)) * 1024) / 1e6,
    };
  } finally {
    child.kill();
    await rm(folder, { recursive: true, force: true });
  }
}
