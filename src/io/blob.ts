import type { AnomalyLog } from '../model/anomaly.js';
import type { ByteRange } from '../model/byte-range.js';
import { type Digest, digestAlgorithm } from '../model/digest.js';
import { fail } from '../model/error.js';
import type { Compression } from '../model/image.js';
import type { Limits } from '../model/limits.js';
import { createBreather } from './breathe.js';
import { decompress } from './codec/decompress.js';
import { bounded } from './limit.js';
import { readRange } from './read.js';
import { createHasher, failDigest, type Seal, verified } from './verify.js';

export interface PlainOptions {
  readonly range: ByteRange;
  readonly compression: Compression;
  /** Of the blob as stored; undefined where nothing is promised. */
  readonly digest?: Digest | undefined;
  /** Bytes of the blob as stored. */
  readonly size?: number | undefined;
  /** Of the plain bytes. */
  readonly diffID?: Digest | undefined;
  readonly limits: Pick<Limits, 'layerBytes' | 'expansion' | 'zstdWindow'>;
  readonly anomalies: AnomalyLog;
  readonly signal?: AbortSignal | undefined;
  /** Called with how many more stored bytes have been read. */
  readonly onStored?: ((count: number) => void) | undefined;
  /** What the blob is, for errors; its path unless given. */
  readonly what?: string | undefined;
}

export interface PlainResult {
  /** Of the blob as stored. */
  readonly digest: Digest;
  /** Of the plain bytes. */
  readonly diffID: Digest;
  readonly storedBytes: number;
  readonly plainBytes: number;
}

/** The plain bytes of a blob, to be iterated once. */
export interface PlainBlob extends AsyncIterable<Uint8Array> {
  /** What the blob was, digests in the algorithms promised, else SHA-256. Only after the iteration came to its end. */
  result(): PlainResult;
}

/**
 * Opens a blob for reading in one pass: its stored digest, decompression, the bounds, its plain digest. Each chunk is the
 * receiver's own. An iteration that comes to its end has verified everything that was promised; one stopped early has
 * verified nothing, and leaves neither a file nor a decoder open. Throws while iterating: what {@link readRange},
 * `decompress` and `bounded` throw, E_SIZE_MISMATCH, E_DIGEST_MISMATCH, E_INTERRUPTED.
 */
export function openPlain(options: PlainOptions): PlainBlob {
  let result: PlainResult | undefined;
  return {
    [Symbol.asyncIterator]: () =>
      plainBytes(options, (found) => {
        result = found;
      }),
    result: () =>
      result ?? fail('E_INTERNAL', `asking for the digests of '${options.range.path}' before its end`),
  };
}

/** Returns the SHA-256 of a range as it is stored. */
export async function hashBlob(
  range: ByteRange,
  options: { readonly signal?: AbortSignal | undefined; readonly onBytes?: (count: number) => void } = {},
): Promise<Digest> {
  const hasher = createHasher();
  for await (const chunk of counted(readRange(range, { signal: options.signal }), options.onBytes))
    hasher.update(chunk);
  return hasher.digest();
}

async function* plainBytes(
  options: PlainOptions,
  onEnd: (result: PlainResult) => void,
): AsyncGenerator<Uint8Array, void> {
  const { range, compression, digest, size, diffID, limits, anomalies, signal } = options;
  const what = options.what ?? `'${range.path}'`;
  if (size !== undefined && size !== range.length)
    fail('E_SIZE_MISMATCH', `reading ${what}: it has ${range.length} bytes, not the ${size} promised for it`);
  const bytes = counted(readRange(range, { signal }), options.onStored);
  const bounds = { limits, anomalies, storedBytes: range.length, what };
  let stored: Seal | undefined;
  let plain: Seal | undefined;
  const onStored = (seal: Seal): void => {
    stored = seal;
  };
  const onPlain = (seal: Seal): void => {
    plain = seal;
  };

  let source: AsyncIterable<Uint8Array>;
  if (compression === 'none' && sameAlgorithm(digest, diffID)) {
    // Stored and plain bytes are the same: one hash tells both digests.
    source = verified(bounded(bytes, bounds), { digest: digest ?? diffID, what }, (seal) => {
      if (diffID !== undefined && seal.digest !== diffID)
        failDigest(`the plain bytes of ${what}`, seal.digest, diffID);
      stored = plain = seal;
    });
  } else {
    const packed = verified(bytes, { digest, what }, onStored);
    const open = decompress(packed, compression, { limits, anomalies, what });
    source = verified(bounded(open, bounds), { digest: diffID, what: `the plain bytes of ${what}` }, onPlain);
  }

  const breathe = createBreather(signal);
  for await (const chunk of source) {
    yield chunk;
    await breathe(chunk.length);
  }
  if (stored === undefined || plain === undefined)
    return fail('E_INTERNAL', `reading ${what}: it was not read to its end`);
  onEnd({ digest: stored.digest, diffID: plain.digest, storedBytes: stored.bytes, plainBytes: plain.bytes });
}

function sameAlgorithm(digest: Digest | undefined, diffID: Digest | undefined): boolean {
  return digest === undefined || diffID === undefined || digestAlgorithm(digest) === digestAlgorithm(diffID);
}

async function* counted(
  source: AsyncIterable<Uint8Array>,
  onBytes: ((count: number) => void) | undefined,
): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of source) {
    onBytes?.(chunk.length);
    yield chunk;
  }
}
