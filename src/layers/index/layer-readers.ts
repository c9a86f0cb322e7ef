import { hashBlob } from '../../io/blob.js';
import { createPool } from '../../io/pool.js';
import type { ByteRange } from '../../model/byte-range.js';
import type { Digest } from '../../model/digest.js';
import { fail } from '../../model/error.js';
import { decodeIndex, moveIndex } from './index-file.js';
import { type BlobFacts, type IndexedBlob, indexLayer, type LayerJob } from './index-layer.js';
import type { WorkerJob, WorkerResult } from './index-worker.js';
import { type CopyJob, copyPlain } from './plain-copy.js';

/** A blob read. Its index is a view on its file form, as that of a blob known from the store is. */
export interface ReadLayer extends IndexedBlob {
  readonly file: Uint8Array<ArrayBuffer>;
}

export interface ReadOptions {
  /** Told of stored bytes as they are read. */
  readonly onReport: (count: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** What reads the blobs of one image: threads, and this thread for the first small ones. */
export interface LayerReaders {
  /** Rejects with what {@link indexLayer} throws. */
  readonly index: (job: LayerJob, options: ReadOptions) => Promise<ReadLayer>;
  /** Rejects with what {@link copyPlain} throws. */
  readonly copy: (job: CopyJob, options: ReadOptions) => Promise<boolean>;
  readonly digest: (range: ByteRange, options: ReadOptions) => Promise<Digest>;
  /** Resolves when no thread is left. */
  readonly close: () => Promise<void>;
}

/** Stored bytes of a blob that is tried here. */
const SMALL_STORED = 512 * 1024;
/** Plain bytes of all that is read here: about what a thread reads in the time it takes to start. */
const HERE_PLAIN = 8 * 1024 * 1024;

/** Thrown to stop reading here. */
const FOR_A_THREAD = new Error('more than is read here');

/** Returns readers with at most so many threads; they start when there is work for them. */
export function createLayerReaders(threads: number): LayerReaders {
  const pool = createPool<WorkerJob, WorkerResult, number>(import.meta.url, 'index-worker.js', threads);
  let left = HERE_PLAIN;
  /** One after the other: a small blob is held whole, and an image may have hundreds. */
  let turn: Promise<unknown> = Promise.resolve();

  const here = <T>(bytes: number, work: () => Promise<T>): Promise<T | undefined> => {
    if (bytes > SMALL_STORED || bytes > left) return Promise.resolve(undefined);
    const result = turn
      .then(() => (bytes > left ? undefined : work()))
      .catch((thrown: unknown) => {
        if (thrown === FOR_A_THREAD) return undefined;
        throw thrown;
      });
    turn = result.catch(() => undefined);
    return result;
  };

  const takePlain = (count: number): void => {
    left -= count;
    if (left < 0) throw FOR_A_THREAD;
  };

  /** The holes of a sparse file are digested in one go, in which this thread would hear no signal. */
  const indexHere = (job: LayerJob, signal: AbortSignal | undefined): Promise<IndexedBlob> =>
    indexLayer(job, {
      signal,
      onPlain: takePlain,
      onMember({ sparse }) {
        if (sparse !== undefined) throw FOR_A_THREAD;
      },
    });

  return {
    async index(job, options) {
      const small = await here(job.range.length, () => indexHere(job, options.signal));
      if (small !== undefined) {
        options.onReport(job.range.length);
        return viewed(small.facts, moveIndex(small.index), small.copied);
      }
      const result = await pool.run(() => ({ kind: 'index', ...job }), options);
      if (result.kind !== 'index') return fail('E_INTERNAL', 'indexing: the thread answered something else');
      return viewed(result.facts, result.file, result.copied);
    },
    async copy(job, options) {
      const { signal } = options;
      const small = await here(job.range.length, () => copyPlain(job, { onPlain: takePlain, signal }));
      if (small !== undefined) {
        options.onReport(job.range.length);
        return small;
      }
      const result = await pool.run(() => ({ kind: 'copy', ...job }), options);
      return result.kind === 'copy'
        ? result.copied
        : fail('E_INTERNAL', 'copying: the thread answered something else');
    },
    async digest(range, options) {
      const small = await here(range.length, () => {
        left -= range.length;
        return hashBlob(range, { signal: options.signal });
      });
      if (small !== undefined) {
        options.onReport(range.length);
        return small;
      }
      const result = await pool.run(() => ({ kind: 'digest', range }), options);
      return result.kind === 'digest'
        ? result.digest
        : fail('E_INTERNAL', 'digesting: the thread answered something else');
    },
    close: pool.close,
  };
}

function viewed(facts: BlobFacts, file: Uint8Array<ArrayBuffer>, copied: boolean): ReadLayer {
  return { facts, index: decodeIndex(file), file, copied };
}
