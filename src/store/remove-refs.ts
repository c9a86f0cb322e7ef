import { stat } from 'node:fs/promises';
import type { Digest } from '../model/digest.js';
import { failStore } from './failure.js';
import { blobPath, REFS_LOCK } from './layout-names.js';
import { withLock } from './lock.js';
import { neededBlobs } from './needed.js';
import { reach } from './reach.js';
import type { StoreRef } from './ref.js';
import { updateRefs } from './refs.js';
import { removeBlob } from './remove-blob.js';
import type { Store } from './store.js';
import { earliestWriter } from './writing.js';

/** What went with some references. */
export interface RemovedRefs {
  /** Manifests, configurations and layers that nothing needs any more. */
  readonly deleted: readonly Digest[];
  /** Bytes. */
  readonly freed: number;
  /** Why nothing was deleted although it may be unneeded; undefined when nothing was in the way. */
  readonly kept: string | undefined;
}

/**
 * Removes references of the store, and at once every blob that only they reached: not what another reference or `keep`
 * needs, nor what somebody stores again at this moment. Who has such a blob open can read it to its end. Safe beside other
 * processes and kill -9: what is left behind then is a blob without a reference, which `prune` removes. Throws E_LOCKED,
 * E_STORE, E_STORE_DAMAGED, E_UNWRITABLE.
 */
export async function removeRefs(
  store: Store,
  removed: readonly StoreRef[],
  keep: ReadonlySet<Digest>,
): Promise<RemovedRefs> {
  const doing = 'removing images of the store';
  const isRemoved = (ref: StoreRef): boolean =>
    removed.some((other) => other.name === ref.name && other.digest === ref.digest);
  await updateRefs(store, (refs) => refs.filter((ref) => !isRemoved(ref)));
  return withLock(store, REFS_LOCK, async (lock) => {
    const needed = await neededBlobs(store).catch((thrown: unknown) => failStore(doing, thrown));
    if (needed.uncertain !== undefined) return { deleted: [], freed: 0, kept: needed.uncertain };
    const { digests } = await reach(store, removed);
    const youngest = earliestWriter(store);
    const deleted: Digest[] = [];
    let freed = 0;
    for (const digest of digests) {
      if (needed.digests.has(digest) || keep.has(digest)) continue;
      const file = blobPath(store.paths, digest);
      const stats = await stat(file).catch(() => undefined);
      if (stats === undefined || stats.mtimeMs > youngest) continue;
      lock.check();
      const gone = await removeBlob(store, file, youngest).catch((thrown: unknown) =>
        failStore(doing, thrown),
      );
      if (!gone) continue;
      deleted.push(digest);
      freed += stats.size;
    }
    return { deleted, freed, kept: undefined };
  });
}
