import type { Digest } from '../../model/digest.js';
import { readPinnedImage } from './pinned-image.js';
import type { ContainerRecord } from './record.js';
import { type ContainerPlace, folderOf } from './state.js';

/**
 * Returns the blobs of the store that containers need: those below one that is removed when it ends, since it holds only
 * the plain layers that its files come from. All others hold every plain layer below them.
 */
export async function pinnedBlobs(
  place: ContainerPlace,
  containers: readonly ContainerRecord[],
): Promise<ReadonlySet<Digest>> {
  const blobs = new Set<Digest>();
  for (const record of containers) {
    if (!record.remove) continue;
    // One that ends at this moment needs nothing any more.
    const kept = await readPinnedImage(folderOf(place, record)).catch(() => undefined);
    for (const { blob } of kept?.pinned.layers ?? []) if (blob !== undefined) blobs.add(blob.digest);
  }
  return blobs;
}
