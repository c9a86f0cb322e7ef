import { spawn } from 'node:child_process';

/** One finished run of a process tree. */
export interface Run {
  readonly seconds: number;
  /** Largest resident set of the process itself, in MB (10^6); 0 for a shell pipeline. */
  readonly peakMB: number;
}

/** Runs a command to its end; throws with what it said when it fails. */
export async function run(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Run> {
  const start = performance.now();
  // GNU time tells the peak of exactly this process; Node only tells that of all children so far.
  const child = spawn('/usr/bin/time', ['-f', '%M', command, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    // Certificates of a whole company, read before anything else, are no part of what is compared.
    env: { ...process.env, NODE_EXTRA_CA_CERTS: undefined, ...env },
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4096);
  });
  const code = await new Promise<number | null>((resolve, reject) =>
    child.on('close', resolve).on('error', reject),
  );
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${String(code)}: ${said}`);
  const peak = Number(said.trim().split('\n').at(-1));
  return { seconds: (performance.now() - start) / 1000, peakMB: (peak * 1024) / 1e6 };
}

/** Runs A and B in turn, A B A B …, after one run of each that is not counted. */
export async function interleaved(
  times: number,
  a: () => Promise<Run>,
  b: () => Promise<Run>,
): Promise<{ readonly a: readonly Run[]; readonly b: readonly Run[] }> {
  const result = { a: [] as Run[], b: [] as Run[] };
  await a();
  await b();
  for (let i = 0; i < times; i++) {
    result.a.push(await a());
    result.b.push(await b());
  }
  return result;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((x, y) => x - y);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
