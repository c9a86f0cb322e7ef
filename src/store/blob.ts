import { createHash } from 'node:crypto';
import { lstat, open, utimes } from 'node:fs/promises';
import path from 'node:path';
import type { ByteRange } from '../model/byte-range.js';
import { type Digest, digestAlgorithm, parseDigest } from '../model/digest.js';
import { fail } from '../model/error.js';
import { createPending, type PendingFile } from './atomic.js';
import { failStore, failStoreRead, isAbsent, stopIfAborted } from './failure.js';
import { durable, ensureLayout } from './layout.js';
import { blobPath, TEMPORARY } from './layout-names.js';
import type { Store } from './store.js';

/** What is known beforehand of a blob that is put into the store. */
export interface ExpectedBlob {
  readonly digest?: Digest | undefined;
  /** Bytes. */
  readonly size?: number | undefined;
}

export interface StoredBlob {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/**
 * Stores the bytes of `source` under their digest (SHA-256 unless the expected one is of another algorithm) and returns
 * it; on return they survive a power loss. Nothing appears under `blobs` before its digest and size were checked. A
 * blob that is there already is replaced by the same bytes, which heals a damaged one. Throws E_DIGEST_MISMATCH,
 * E_SIZE_MISMATCH, E_DISK_FULL, E_UNWRITABLE, E_STORE, E_INTERRUPTED and what the source throws, leaving nothing behind.
 */
export async function putBlob(
  store: Store,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  expected: ExpectedBlob = {},
): Promise<StoredBlob> {
  await ensureLayout(store);
  const doing = `storing blob ${expected.digest ?? ''}`.trimEnd();
  const algorithm = expected.digest === undefined ? 'sha256' : digestAlgorithm(expected.digest);
  const hash = createHash(algorithm);
  const pending = await createBlobFile(store, doing);
  let size = 0;
  try {
    for await (const chunk of source) {
      stopIfAborted(store.signal, doing);
      size += chunk.length;
      if (expected.size !== undefined && size > expected.size)
        fail('E_SIZE_MISMATCH', `${doing}: it is longer than the ${expected.size} bytes promised`);
      hash.update(chunk);
      await pending.write(chunk).catch((thrown: unknown) => failStore(doing, thrown));
    }
    stopIfAborted(store.signal, doing);
    if (expected.size !== undefined && size !== expected.size)
      fail('E_SIZE_MISMATCH', `${doing}: it has ${size} bytes instead of the ${expected.size} promised`);
    const digest = parseDigest(`${algorithm}:${hash.digest('hex')}`);
    if (expected.digest !== undefined && digest !== expected.digest)
      fail('E_DIGEST_MISMATCH', `${doing}: its bytes have the digest ${digest}`);
    await pending.publish(blobPath(store.paths, digest)).catch((thrown: unknown) => failStore(doing, thrown));
    return { digest, size };
  } finally {
    await pending.discard();
  }
}

async function createBlobFile(store: Store, doing: string): Promise<PendingFile> {
  try {
    return await createPending(path.join(store.paths.root, TEMPORARY), { ...durable(store), mode: 0o444 });
  } catch (thrown) {
    return failStore(doing, thrown);
  }
}

/** Returns the size in bytes of a stored blob, undefined when it is not there. Throws E_STORE. */
export async function blobSize(store: Store, digest: Digest): Promise<number | undefined> {
  try {
    // A link is none of ours: what it leads to may change.
    const stats = await lstat(blobPath(store.paths, digest));
    return stats.isFile() ? stats.size : undefined;
  } catch (thrown) {
    if (isAbsent(thrown)) return undefined;
    return failStoreRead(`looking for blob ${digest}`, thrown);
  }
}

/** Returns whether the store has the blob. Its bytes are not read. Throws E_STORE. */
export async function hasBlob(store: Store, digest: Digest): Promise<boolean> {
  return (await blobSize(store, digest)) !== undefined;
}

/**
 * Like {@link hasBlob}, and a blob that is there becomes as young as one just put, so that a parallel `prune` leaves it
 * until the reference to it is written.
 */
export async function keepBlob(store: Store, digest: Digest): Promise<boolean> {
  const now = new Date();
  try {
    await utimes(blobPath(store.paths, digest), now, now);
    return true;
  } catch (thrown) {
    if (isAbsent(thrown)) return false;
    return failStore(`keeping blob ${digest}`, thrown);
  }
}

/** Returns where the blob's bytes are; whoever reads them checks the digest. Throws E_BLOB_MISSING, E_STORE. */
export async function blobRange(store: Store, digest: Digest): Promise<ByteRange> {
  const length = await blobSize(store, digest);
  if (length === undefined)
    return fail('E_BLOB_MISSING', `opening blob ${digest}: it is not in the store ${store.paths.root}`);
  return { path: blobPath(store.paths, digest), offset: 0, length };
}

/**
 * Returns the whole blob, verified: for manifests and configurations. Throws E_BLOB_MISSING, E_LIMIT when it has more
 * than `limit` bytes, E_STORE_DAMAGED when its bytes do not have its digest, E_STORE.
 */
export async function readBlob(store: Store, digest: Digest, limit: number): Promise<Uint8Array> {
  const range = await blobRange(store, digest);
  const doing = `reading blob ${digest}`;
  if (range.length > limit) fail('E_LIMIT', `${doing}: ${range.length} bytes are more than ${limit}`);
  const bytes = new Uint8Array(range.length);
  try {
    await readFully(range.path, bytes);
  } catch (thrown) {
    failStoreRead(doing, thrown);
  }
  const hex = createHash(digestAlgorithm(digest)).update(bytes).digest('hex');
  if (!digest.endsWith(`:${hex}`))
    fail('E_STORE_DAMAGED', `${doing} of the store ${store.paths.root}: its bytes do not have this digest`, {
      hint: '`strata fsck --repair` sets it aside; storing the image again heals it',
    });
  return bytes;
}

/** Fills `bytes` from the start of the file; a file that ends earlier leaves zeros, which the digest tells. */
async function readFully(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'r');
  try {
    let done = 0;
    while (done < bytes.length) {
      const { bytesRead } = await handle.read(bytes, done, bytes.length - done, done);
      if (bytesRead === 0) return;
      done += bytesRead;
    }
  } finally {
    await handle.close();
  }
}
