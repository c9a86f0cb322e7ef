import { lstat, rename } from 'node:fs/promises';
import { errnoOf } from './failure.js';
import { oldestBeginning } from './maker.js';
import { moveAside } from './move-aside.js';
import { removeTree } from './remove-tree.js';
import { removeEach, type Tally } from './removal.js';
import type { Store } from './store.js';
import { treeBytes } from './tree-bytes.js';
import { listUnpacked, unpackedFolder, unpackedInUse } from './unpacked-layers.js';

/** An unpacked layer that no container uses. */
export interface UnusedLayer {
  readonly name: string;
  readonly bytes: number;
  /** Its last use. */
  readonly mtimeMs: number;
}

/** Who looks at an image often uses the same layers again and again. */
const KEPT = 3600_000;

/**
 * Returns the unpacked layers that may be removed: not those that a container uses, nor those used in the last hour or since
 * the oldest container that is being made was begun.
 */
export async function listUnusedLayers(store: Store): Promise<readonly UnusedLayer[]> {
  const names = await listUnpacked(store);
  if (names.length === 0) return [];
  const latest = Math.min(await oldestBeginning(store), Date.now() - KEPT);
  const used = await unpackedInUse(store);
  const found: UnusedLayer[] = [];
  for (const name of names) {
    if (used.has(name)) continue;
    const folder = unpackedFolder(store, name);
    const stats = await lstat(folder).catch(() => undefined);
    if (stats?.isDirectory() === true && stats.mtimeMs < latest)
      found.push({ name, bytes: await treeBytes(folder), mtimeMs: stats.mtimeMs });
  }
  return found;
}

/** Removes these unpacked layers, but for those that were used meanwhile; returns how much. */
export function removeUnusedLayers(
  store: Store,
  layers: readonly UnusedLayer[],
  dryRun: boolean,
): Promise<Tally> {
  return removeEach(store, 'unpacked layers', layers, dryRun, (layer) => removeUnused(store, layer));
}

/**
 * First moved away, so that who looks for it from now on makes it again, then looked at: who found it before has named it
 * first (pinUnpacked), and gets it back.
 */
async function removeUnused(store: Store, { name, mtimeMs }: UnusedLayer): Promise<boolean> {
  if ((await unpackedInUse(store)).has(name)) return false;
  const folder = unpackedFolder(store, name);
  const aside = await moveAside(store, folder);
  if (aside === undefined) return false;
  const isUsed = (await lstat(aside)).mtimeMs !== mtimeMs || (await unpackedInUse(store)).has(name);
  if (isUsed && (await moveBack(aside, folder))) return false;
  await removeTree(aside);
  return true;
}

/** False when it has been made again meanwhile. */
async function moveBack(aside: string, folder: string): Promise<boolean> {
  try {
    await rename(aside, folder);
    return true;
  } catch (thrown) {
    if (['ENOTEMPTY', 'EEXIST'].includes(errnoOf(thrown))) return false;
    throw thrown;
  }
}
