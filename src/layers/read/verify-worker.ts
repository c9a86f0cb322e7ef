import { createHash, hash, type Hash } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import type { WorkerMessage } from '../../io/pool.js';

/** The next bytes of contents that follow each other; the last one may go on in the next job. */
export interface VerifyJob {
  readonly bytes: Uint8Array;
  /** Where in `bytes` contents end, ascending. */
  readonly ends: readonly number[];
  /** What those contents are to have, SHA-256, 32 bytes each. */
  readonly digests: Uint8Array;
}

/** Those of `ends` whose content has another digest. */
export type VerifyResult = readonly number[];

const DIGEST_BYTES = 32;

/** Of the content that began in an earlier job. */
let running: Hash | undefined;

parentPort?.on('message', (job: VerifyJob) => {
  const message: WorkerMessage<VerifyResult, never> = { type: 'result', result: verify(job) };
  parentPort?.postMessage(message);
});

function verify({ bytes, ends, digests }: VerifyJob): VerifyResult {
  const wrong: number[] = [];
  let at = 0;
  for (const [i, end] of ends.entries()) {
    const part = bytes.subarray(at, end);
    const digest = running === undefined ? hash('sha256', part, 'buffer') : running.update(part).digest();
    running = undefined;
    if (Buffer.compare(digest, digests.subarray(i * DIGEST_BYTES, (i + 1) * DIGEST_BYTES)) !== 0)
      wrong.push(i);
    at = end;
  }
  if (at < bytes.length) (running ??= createHash('sha256')).update(bytes.subarray(at));
  return wrong;
}
