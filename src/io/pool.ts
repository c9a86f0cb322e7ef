import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type ErrorRecord, fail, fromErrorRecord, StrataError } from '../model/error.js';

/** What a pool's worker posts back. */
export type WorkerMessage<Result, Report> =
  | { readonly type: 'result'; readonly result: Result }
  | { readonly type: 'report'; readonly report: Report }
  | { readonly type: 'error'; readonly error: ErrorRecord };

/** Sent to a thread that ends its job by itself, with an error. */
export const STOP = 'stop';

export interface PoolOptions<Job> {
  /**
   * Threads stop when they are sent {@link STOP}, and are only ended when they have: native code that is just being loaded
   * takes the whole process with it when its thread is ended.
   */
  readonly ask?: boolean;
  /** What of a job moves to the thread and is not copied. */
  readonly transfer?: (job: Job) => readonly ArrayBuffer[];
}

interface RunOptions<Report> {
  readonly onReport?: ((report: Report) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Pool<Job, Result, Report> {
  /** Runs one job, which `make` makes when a worker is free for it; rejects with the job's own error, or E_INTERRUPTED. */
  readonly run: (make: () => Job, options?: RunOptions<Report>) => Promise<Result>;
  /** Ends all workers; jobs under way and waiting are rejected. Resolves when no thread is left. */
  readonly close: () => Promise<void>;
}

/**
 * Returns a pool of at most `size` threads of the module `name` beside `base` (an import.meta.url). Threads start at the
 * first job and serve one job at a time.
 */
export function createPool<Job, Result, Report>(
  base: string,
  name: string,
  size: number,
  { ask = false, transfer }: PoolOptions<Job> = {},
): Pool<Job, Result, Report> {
  const file = workerFile(base, name);
  const all = new Set<Worker>();
  const idle: Worker[] = [];
  const waiting: (() => void)[] = [];
  const underWay = new Map<Worker, Promise<unknown>>();
  let busy = 0;
  let closed = false;

  const start = (): Worker => {
    const worker = new Worker(file);
    all.add(worker);
    // A thread may also fail when no job listens to it: between two, or while it is being ended.
    worker.on('error', () => undefined);
    worker.once('exit', () => {
      all.delete(worker);
      const place = idle.indexOf(worker);
      if (place >= 0) idle.splice(place, 1);
    });
    return worker;
  };
  const work = (worker: Worker, job: Job, { signal, onReport }: RunOptions<Report>): Promise<Result> =>
    new Promise<Result>((resolve, reject) => {
      // Not removeAllListeners: that would take Node's own listeners off the thread too.
      const settle = (keep: boolean): void => {
        underWay.delete(worker);
        worker.off('message', message).off('error', failed).off('exit', ended);
        signal?.removeEventListener('abort', abort);
        if (keep) idle.push(worker);
        else void worker.terminate();
      };
      const abort = (): void => {
        if (ask) {
          worker.postMessage(STOP);
          return;
        }
        settle(false);
        reject(interrupted());
      };
      const message = (sent: WorkerMessage<Result, Report>): void => {
        if (sent.type === 'report') {
          onReport?.(sent.report);
          return;
        }
        settle(true);
        if (sent.type === 'result') resolve(sent.result);
        else reject(fromErrorRecord(sent.error));
      };
      const failed = (error: Error): void => {
        settle(false);
        reject(new StrataError('E_INTERNAL', `working in a thread: ${error.message}`, { cause: error }));
      };
      const ended = (): void => {
        settle(false);
        reject(closed ? interrupted() : new StrataError('E_INTERNAL', 'working in a thread: it ended early'));
      };
      worker.on('message', message).on('error', failed).on('exit', ended);
      signal?.addEventListener('abort', abort, { once: true });
      worker.postMessage(job, transfer?.(job) ?? []);
    });

  return {
    async run(make, options = {}) {
      if (busy === size) await new Promise<void>((resolve) => waiting.push(resolve));
      else busy++;
      try {
        if (closed || options.signal?.aborted === true) throw interrupted();
        const job = make();
        const worker = idle.pop() ?? start();
        const result = work(worker, job, options);
        underWay.set(worker, result);
        return await result;
      } finally {
        // The place goes to the next one, or is free.
        const next = waiting.shift();
        if (next === undefined) busy--;
        else next();
      }
    },
    async close() {
      closed = true;
      if (ask) {
        for (const worker of underWay.keys()) worker.postMessage(STOP);
        await Promise.allSettled(underWay.values());
      }
      await Promise.all([...all].map((worker) => worker.terminate()));
    },
  };
}

function interrupted(): StrataError {
  return new StrataError('E_INTERRUPTED', 'interrupted');
}

/**
 * Returns the file of a thread's module `name` beside `base` (an import.meta.url): of the bundle, whose threads are CommonJS
 * since that starts sooner, or of the build. Tests and tools that run the sources find the build's file in dist/.
 */
export function workerFile(base: string, name: string): string {
  const beside = fileURLToPath(new URL(name, base));
  const bundled = beside.replace(/\.js$/, '.cjs');
  for (const file of [bundled, beside]) if (existsSync(file)) return file;
  const built = beside.replace(/([\\/])src([\\/](?!.*[\\/]src[\\/]))/, '$1dist$2');
  return existsSync(built)
    ? built
    : fail('E_INTERNAL', `starting a thread, ${built}: not built; run npm run build`);
}
