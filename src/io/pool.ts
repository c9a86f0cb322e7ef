import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type ErrorRecord, fail, fromErrorRecord, StrataError } from '../model/error.js';

/** What a pool's worker posts back. */
export type WorkerMessage<Result, Report> =
  | { readonly type: 'result'; readonly result: Result }
  | { readonly type: 'report'; readonly report: Report }
  | { readonly type: 'error'; readonly error: ErrorRecord };

export interface Pool<Job, Result, Report> {
  /** Runs one job in a free worker; rejects with the job's own error, or E_INTERRUPTED. */
  readonly run: (
    job: Job,
    options?: { onReport?: (report: Report) => void; signal?: AbortSignal | undefined },
  ) => Promise<Result>;
  /** Ends all workers; jobs under way are rejected. */
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
): Pool<Job, Result, Report> {
  const file = workerFile(base, name);
  const idle: Worker[] = [];
  const all = new Set<Worker>();
  const waiting: ((worker: Worker) => void)[] = [];

  const take = async (): Promise<Worker> => {
    const free = idle.pop();
    if (free !== undefined) return free;
    if (all.size < size) {
      const worker = new Worker(file);
      all.add(worker);
      return worker;
    }
    return new Promise((resolve) => waiting.push(resolve));
  };
  const give = (worker: Worker): void => {
    const next = waiting.shift();
    if (next === undefined) idle.push(worker);
    else next(worker);
  };
  const replace = (worker: Worker): void => {
    all.delete(worker);
    void worker.terminate();
    const next = waiting.shift();
    if (next === undefined) return;
    const fresh = new Worker(file);
    all.add(fresh);
    next(fresh);
  };

  return {
    async run(job, options = {}) {
      const { signal, onReport } = options;
      const worker = await take();
      if (signal?.aborted === true) {
        // The thread did nothing yet: the next job can have it.
        give(worker);
        throw new StrataError('E_INTERRUPTED', 'interrupted');
      }
      return new Promise<Result>((resolve, reject) => {
        // Not removeAllListeners: that would take Node's own listeners off the thread too.
        const settle = (): void => {
          worker.off('message', message).off('error', failed).off('exit', ended);
          signal?.removeEventListener('abort', abort);
        };
        const abort = (): void => {
          settle();
          replace(worker);
          reject(new StrataError('E_INTERRUPTED', 'interrupted'));
        };
        const message = (sent: WorkerMessage<Result, Report>): void => {
          if (sent.type === 'report') {
            onReport?.(sent.report);
            return;
          }
          settle();
          give(worker);
          if (sent.type === 'result') resolve(sent.result);
          else reject(fromErrorRecord(sent.error));
        };
        const failed = (error: Error): void => {
          settle();
          replace(worker);
          reject(new StrataError('E_INTERNAL', `working in a thread: ${error.message}`, { cause: error }));
        };
        const ended = (): void => {
          settle();
          replace(worker);
          reject(new StrataError('E_INTERNAL', 'working in a thread: it ended early'));
        };
        worker.on('message', message).on('error', failed).on('exit', ended);
        signal?.addEventListener('abort', abort, { once: true });
        worker.postMessage(job);
      });
    },
    async close() {
      await Promise.all([...all].map((worker) => worker.terminate()));
      all.clear();
      idle.length = 0;
    },
  };
}

/** Threads load compiled code: tests and tools that run the sources find the build's file in dist/. */
function workerFile(base: string, name: string): string {
  const beside = fileURLToPath(new URL(name, base));
  if (existsSync(beside)) return beside;
  const built = beside.replace(/([\\/])src([\\/](?!.*[\\/]src[\\/]))/, '$1dist$2');
  return existsSync(built)
    ? built
    : fail('E_INTERNAL', `starting a thread, ${built}: not built; run npm run build`);
}
