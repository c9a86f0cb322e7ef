import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { type Digest, digestAlgorithm } from '../model/digest.js';
import { fail } from '../model/error.js';
import { syncDirectory } from './atomic.js';
import { blobSize, keepBlob, type StoredBlob } from './blob.js';
import { failStore, stopIfAborted } from './failure.js';
import { ensureLayout } from './layout.js';
import { blobPath, TEMPORARY } from './layout-names.js';
import { ownerTag } from './owner.js';
import { pinFile } from './plain-layers.js';
import type { Store } from './store.js';

/**
 * Makes a file of the store that nobody ever writes to a blob as well, as a second name of the same bytes, and returns
 * it; on return it survives a power loss. Its digest is checked first, unless the blob is there already. Throws
 * E_DIGEST_MISMATCH, E_DISK_FULL, E_UNWRITABLE, E_STORE, E_INTERRUPTED.
 */
export async function adoptBlob(
  store: Store,
  file: string,
  digest: Digest,
  onBytes?: (count: number) => void,
): Promise<StoredBlob> {
  await ensureLayout(store);
  const doing = `storing blob ${digest}`;
  try {
    const { size } = await stat(file);
    if ((await blobSize(store, digest)) === size && (await keepBlob(store, digest))) return { digest, size };
    const hash = createHash(digestAlgorithm(digest));
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
      stopIfAborted(store.signal, doing);
      hash.update(chunk as Buffer);
      onBytes?.((chunk as Buffer).length);
    }
    const found = `${digestAlgorithm(digest)}:${hash.digest('hex')}`;
    if (found !== digest) fail('E_DIGEST_MISMATCH', `${doing}: its bytes have the digest ${found}`);
    await addName(store, file, blobPath(store.paths, digest));
    await keepBlob(store, digest);
    return { digest, size };
  } catch (thrown) {
    return failStore(doing, thrown);
  }
}

async function addName(store: Store, file: string, target: string): Promise<void> {
  const temporary = path.join(store.paths.root, TEMPORARY, ownerTag(store.owner));
  try {
    await pinFile(file, temporary);
    const handle = await open(temporary, 'r');
    await handle.sync().finally(() => handle.close());
    await rename(temporary, target);
    await syncDirectory(path.dirname(target));
  } finally {
    // Still there when both were names of one file already (rename(2)).
    await rm(temporary, { force: true });
  }
}
