import { createPool } from '../../io/pool.js';
import type { VerifyJob, VerifyResult } from './verify-worker.js';
import { failChanged } from './changed-content.js';
import type { LayerIndex } from '../index/layer-index.js';

/**
 * Verifies contents in a thread of its own, one after the other, while this one reads and writes on: a content that was
 * read to its end is known to be right only when the verifier has settled.
 */
export interface ContentVerifier {
  /** Whether the next content may be given: false while the thread has enough to do, and this one had better digest. */
  readonly free: () => boolean;
  /** Takes a copy of the next bytes of a content. Undefined: at once. Throws E_DIGEST_MISMATCH of an earlier content. */
  readonly add: (chunk: Uint8Array) => Promise<void> | undefined;
  /** The content is whole; it is that of a file of an index, which has its digest. */
  readonly end: (index: LayerIndex, row: number) => void;
  /** The content was left before its end. */
  readonly drop: () => void;
  /** Resolves when all contents were right. Throws E_DIGEST_MISMATCH. */
  readonly settled: () => Promise<void>;
  /** Resolves when no thread is left. */
  readonly close: () => Promise<void>;
}

/** Bytes that are posted together: twice what this thread works on before it hears that they are done (io/breathe). */
const BLOCK_BYTES = 8 * 1024 * 1024;
const BLOCKS = 3;
/** With so many blocks waiting the thread does not run out of work while this one digests a content. */
const ENOUGH = 2;
/** Contents in a block at most, however small they are. */
const CONTENTS = 8192;
const DIGEST_BYTES = 32;
const NO_DIGEST = new Uint8Array(DIGEST_BYTES);

/** What the file of an index that a digest is of was; undefined for one that was left. */
type Verified = { readonly index: LayerIndex; readonly row: number } | undefined;

/** Returns a verifier; its thread starts with the first full block. */
export function createContentVerifier(): ContentVerifier {
  const pool = createPool<VerifyJob, VerifyResult, never>(import.meta.url, 'verify-worker.js', 1);
  const spare: Uint8Array[] = [];
  let made = 0;
  let waiting = 0;
  let failure: { readonly error: unknown } | undefined;
  let wake: (() => void) | undefined;

  let block: Uint8Array | undefined;
  let used = 0;
  let ends: number[] = [];
  let digests: Uint8Array[] = [];
  let files: Verified[] = [];

  const failWhenWrong = (): void => {
    if (failure !== undefined) throw failure.error;
  };
  const post = (): void => {
    if (block === undefined) return;
    const posted = block;
    const of = files;
    waiting++;
    const job = { bytes: posted.subarray(0, used), ends, digests: Buffer.concat(digests) };
    pool
      .run(() => job)
      .then((wrong) => {
        const file = wrong.map((i) => of[i]).find((one) => one !== undefined);
        if (file !== undefined) failChanged(file.index, file.row);
      })
      .catch((error: unknown) => {
        failure ??= { error };
      })
      .finally(() => {
        waiting--;
        spare.push(posted);
        wake?.();
      });
    block = undefined;
    used = 0;
    ends = [];
    digests = [];
    files = [];
  };
  const until = async (most: number): Promise<void> => {
    while (waiting > most && failure === undefined)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    failWhenWrong();
  };
  const fresh = (): Uint8Array => {
    const kept = spare.pop();
    if (kept === undefined) made++;
    return kept ?? new Uint8Array(new SharedArrayBuffer(BLOCK_BYTES));
  };
  /** Copies what there is a block for; returns how much. */
  const copy = (chunk: Uint8Array): number => {
    let done = 0;
    while (done < chunk.length) {
      if (used === BLOCK_BYTES || ends.length >= CONTENTS) post();
      if (block === undefined && spare.length === 0 && made >= BLOCKS) break;
      block ??= fresh();
      const part = chunk.subarray(done, done + BLOCK_BYTES - used);
      block.set(part, used);
      used += part.length;
      done += part.length;
    }
    return done;
  };
  const copyRest = async (chunk: Uint8Array): Promise<void> => {
    for (let rest = chunk; rest.length > 0; rest = rest.subarray(copy(rest))) await until(BLOCKS - 1);
  };
  const mark = (file: Verified, digest: Uint8Array): void => {
    block ??= fresh();
    ends.push(used);
    digests.push(digest);
    files.push(file);
  };

  return {
    free: () => waiting < ENOUGH,
    add(chunk) {
      failWhenWrong();
      const done = copy(chunk);
      return done === chunk.length ? undefined : copyRest(chunk.subarray(done));
    },
    end(index, row) {
      const slot = index.columns.content[row];
      mark({ index, row }, index.digests.subarray((slot - 1) * DIGEST_BYTES, slot * DIGEST_BYTES));
    },
    drop: () => {
      mark(undefined, NO_DIGEST);
    },
    settled() {
      post();
      return until(0);
    },
    close: pool.close,
  };
}
