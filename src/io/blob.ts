import type { AnomalyLog } from '../model/anomaly.js';
import type { ByteRange } from '../model/byte-range.js';
import { type Digest, digestAlgorithm } from '../model/digest.js';
import { fail } from '../model/error.js';
import type { Compression } from '../model/image.js';
import type { Limits } from '../model/limits.js';
import { ahead } from './ahead.js';
import { createBreather } from './breathe.js';
import { decompress } from './codec/decompress.js';
import { bounded } from './limit.js';
import { readRange, type ReadOptions } from './read.js';
import { createHasher, failDigest, type Promised, type Seal, verified } from './verify.js';

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
  /** A chunk is the receiver's only until it asks for the next one. */
  readonly lend?: boolean | undefined;
  /** Makes what digests the blob; in this thread unless given. */
  readonly hasher?: Promised['hasher'];
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

/** It is inflated in another thread; that and this one wait for each other at every chunk. */
const GZIP_CHUNK_BYTES = 1024 * 1024;

/**
 * Opens a blob for reading in one pass: its stored digest, decompression, the bounds, its plain digest. Each chunk is the
 * receiver's own unless it is lent. An iteration that comes to its end has verified everything that was promised; one stopped early has
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

/** Returns the digest of a range as it is stored, SHA-256 unless another is asked for. */
export async function hashBlob(
  range: ByteRange,
  {
    algorithm,
    onBytes,
    ...reading
  }: Pick<ReadOptions, 'signal' | 'descriptor'> & {
    readonly algorithm?: 'sha256' | 'sha512';
    readonly onBytes?: (count: number) => void;
  } = {},
): Promise<Digest> {
  const hasher = createHasher(algorithm);
  for await (const chunk of counted(readRange(range, { ...reading, lend: true }), onBytes))
    hasher.update(chunk);
  return hasher.digest();
}

async function* plainBytes(
  options: PlainOptions,
  onEnd: (result: PlainResult) => void,
): AsyncGenerator<Uint8Array, void> {
  const { range, compression, digest, size, diffID, limits, anomalies, signal, hasher } = options;
  const what = options.what ?? `'${range.path}'`;
  if (size !== undefined && size !== range.length)
    fail('E_SIZE_MISMATCH', `reading ${what}: it has ${range.length} bytes, not the ${size} promised for it`);
  // A decoder works on what it was given after it asked for more.
  const lend = options.lend === true && compression === 'none';
  const chunkSize = compression === 'gzip' ? GZIP_CHUNK_BYTES : undefined;
  const bytes = counted(readRange(range, { signal, lend, chunkSize }), options.onStored);
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
    source = verified(bounded(bytes, bounds), { digest: digest ?? diffID, what, hasher }, (seal) => {
      if (diffID !== undefined && seal.digest !== diffID)
        failDigest(`the plain bytes of ${what}`, seal.digest, diffID);
      stored = plain = seal;
    });
  } else {
    const packed = verified(bytes, { digest, what, hasher }, onStored);
    // Inflating is another thread's work, which should find its input ready; zstd is decoded in this one.
    const input = compression === 'gzip' ? ahead(packed) : packed;
    const open = decompress(input, compression, { limits, anomalies, what });
    source = verified(
      bounded(open, bounds),
      { digest: diffID, what: `the plain bytes of ${what}`, hasher },
      onPlain,
    );
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
