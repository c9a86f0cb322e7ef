import { afterEach, describe, expect, it } from 'vitest';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { createPool, type Pool, type PoolOptions } from '../../src/io/pool.js';

const WORKER = `
import { createRequire } from 'node:module';
import { parentPort } from 'node:worker_threads';
parentPort.on('message', (job) => {
  if (job.kind === 'echo') {
    parentPort.postMessage({ type: 'report', report: 1 });
    parentPort.postMessage({ type: 'result', result: job.value });
  } else if (job.kind === 'fail') {
    parentPort.postMessage({ type: 'error', error: { code: 'E_TAR', message: 'bad', hint: 'look' } });
  } else if (job.kind === 'throw') throw new Error('boom');
  else if (job.kind === 'exit') process.exit(3);
  else if (job.kind === 'late') {
    parentPort.postMessage({ type: 'result', result: 1 });
    setTimeout(() => { throw new Error('too late'); }, 20);
  } else if (job.kind === 'native') {
    parentPort.postMessage({ type: 'report', report: 1 });
    createRequire(${JSON.stringify(import.meta.url)})('koffi');
  } else if (job === 'stop') {
    parentPort.postMessage({ type: 'error', error: { code: 'E_INTERRUPTED', message: 'stopped' } });
  }
});`;

type Job = { kind: 'echo'; value: number } | { kind: 'fail' | 'throw' | 'exit' | 'hang' | 'late' | 'native' };

const folders: string[] = [];
let pool: Pool<Job, number, number>;

function start(size: number, options: PoolOptions<Job> = {}): Pool<Job, number, number> {
  const folder = mkdtempSync(path.join(tmpdir(), 'strata-pool-'));
  folders.push(folder);
  writeFileSync(path.join(folder, 'worker.mjs'), WORKER);
  pool = createPool(pathToFileURL(`${folder}/base.mjs`).href, 'worker.mjs', size, options);
  return pool;
}

afterEach(async () => {
  await pool.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

describe('a pool of threads', () => {
  it('serves more jobs than it has threads, one after another in the same thread', async () => {
    const { run } = start(2);
    const jobs = Array.from({ length: 9 }, (_, value) => run(() => ({ kind: 'echo', value })));
    expect(await Promise.all(jobs)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });
  it('tells of reports before the result', async () => {
    const reports: number[] = [];
    await start(1).run(() => ({ kind: 'echo', value: 1 }), { onReport: (report) => reports.push(report) });
    expect(reports).toEqual([1]);
  });
  it("rejects with the job's own error, code and hint kept, and goes on", async () => {
    const { run } = start(1);
    await expect(run(() => ({ kind: 'fail' }))).rejects.toMatchObject({
      code: 'E_TAR',
      message: 'bad',
      hint: 'look',
      exitCode: 3,
    });
    expect(await run(() => ({ kind: 'echo', value: 7 }))).toBe(7);
  });
  it.each(['throw', 'exit'] as const)('replaces a thread that dies by %s', async (kind) => {
    const { run } = start(1);
    const [dead, next] = [run(() => ({ kind })), run(() => ({ kind: 'echo', value: 5 }))];
    await expect(dead).rejects.toMatchObject({ code: 'E_INTERNAL' });
    expect(await next).toBe(5);
  });
  it('does without a thread that dies between two jobs', async () => {
    const { run } = start(1);
    expect(await run(() => ({ kind: 'late' }))).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await run(() => ({ kind: 'echo', value: 3 }))).toBe(3);
  });
  it('rejects running and waiting jobs when the signal aborts, and serves those of others', async () => {
    const { run } = start(1);
    const stop = new AbortController();
    const running = run(() => ({ kind: 'hang' }), { signal: stop.signal });
    const waiting = run(() => ({ kind: 'echo', value: 1 }), { signal: stop.signal });
    const other = run(() => ({ kind: 'echo', value: 2 }));
    stop.abort();
    await expect(running).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
    await expect(waiting).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
    expect(await other).toBe(2);
  });
  it('rejects what is under way when it is closed', async () => {
    const { run, close } = start(1);
    const running = run(() => ({ kind: 'hang' }));
    const rejected = expect(running).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await close();
    await rejected;
  });
  it('rejects what waits when it is closed, and starts no thread for it', async () => {
    const { run, close } = start(1);
    const jobs = [
      run(() => ({ kind: 'hang' })),
      run(() => ({ kind: 'echo', value: 1 })),
      run(() => ({ kind: 'echo', value: 2 })),
    ];
    const settled = Promise.allSettled(jobs);
    await close();
    expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  });

  it('asks threads to stop, and ends none while it loads native code', async () => {
    // Ended there, a thread ends the whole process.
    for (let i = 0; i < 40; i++) {
      const { run, close } = start(1, { ask: true });
      let closing: Promise<void> | undefined;
      const onReport = (): void => {
        closing = close();
      };
      const running = run(() => ({ kind: 'native' }), { onReport });
      await expect(running).rejects.toMatchObject({ code: 'E_INTERRUPTED', message: 'stopped' });
      await closing;
    }
  });
  it('passes a signal on to a thread that is asked, which serves on', async () => {
    const { run } = start(1, { ask: true });
    const stop = new AbortController();
    const running = run(() => ({ kind: 'hang' }), { signal: stop.signal });
    stop.abort();
    await expect(running).rejects.toMatchObject({ code: 'E_INTERRUPTED', message: 'stopped' });
    expect(await run(() => ({ kind: 'echo', value: 4 }))).toBe(4);
  });
});
