import { parentPort } from 'node:worker_threads';
import type { WorkerMessage } from '../../io/pool.js';
import { hashBlob } from '../../io/blob.js';
import type { Digest } from '../../model/digest.js';
import { toErrorRecord } from '../../model/error.js';
import { moveIndex } from './index-file.js';
import { type BlobFacts, indexLayer, type LayerJob } from './index-layer.js';
import { type CopyJob, copyPlain } from './plain-copy.js';

/** What a worker does: index a blob, write its plain tar, or only tell its digest. */
export type WorkerJob =
  | ({ readonly kind: 'index' } & LayerJob)
  | ({ readonly kind: 'copy' } & CopyJob)
  | { readonly kind: 'digest'; readonly range: LayerJob['range'] };

export type WorkerResult =
  | {
      readonly kind: 'index';
      readonly facts: BlobFacts;
      readonly file: Uint8Array<ArrayBuffer>;
      readonly copied: boolean;
    }
  | { readonly kind: 'copy'; readonly copied: boolean }
  | { readonly kind: 'digest'; readonly digest: Digest };

const REPORT_BYTES = 4 * 1024 * 1024;

parentPort?.on('message', (job: WorkerJob) => {
  run(job).then(
    ({ result, transfer }) => {
      post({ type: 'result', result }, transfer);
    },
    (error: unknown) => {
      post({ type: 'error', error: toErrorRecord(error) });
    },
  );
});

async function run(job: WorkerJob): Promise<{ result: WorkerResult; transfer: ArrayBuffer[] }> {
  let unreported = 0;
  const onBytes = (count: number): void => {
    unreported += count;
    if (unreported < REPORT_BYTES) return;
    post({ type: 'report', report: unreported });
    unreported = 0;
  };
  if (job.kind === 'digest')
    return { result: { kind: 'digest', digest: await hashBlob(job.range, { onBytes }) }, transfer: [] };
  if (job.kind === 'copy') {
    const copied = await copyPlain(job, { onStored: onBytes });
    post({ type: 'report', report: unreported });
    return { result: { kind: 'copy', copied }, transfer: [] };
  }
  const { facts, index, copied } = await indexLayer(job, { onStored: onBytes });
  post({ type: 'report', report: unreported });
  // Moved and not copied to the main thread, which reads and stores it as it is.
  const file = moveIndex(index);
  return { result: { kind: 'index', facts, file, copied }, transfer: [file.buffer] };
}

function post(message: WorkerMessage<WorkerResult, number>, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}
