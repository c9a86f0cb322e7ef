import { lstat, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { namesIn } from './names-in.js';
import { PLAIN } from './layout-names.js';
import { oldestBeginning } from './maker.js';
import { moveAside } from './move-aside.js';
import { removeEach, type Tally } from './removal.js';
import type { Store } from './store.js';

/** A plain tar that no container holds. */
export interface PlainLayer {
  readonly file: string;
  readonly bytes: number;
  /** Its last use. */
  readonly mtimeMs: number;
}

/**
 * Returns the plain tars that may be removed: not those that a container has a link to, since removing them frees nothing,
 * and not those used since the oldest container that is being made was begun, which may be about to get one.
 */
export async function listPlainLayers(store: Store): Promise<readonly PlainLayer[]> {
  const begun = await oldestBeginning(store);
  const folder = path.join(store.paths.root, PLAIN);
  const found: PlainLayer[] = [];
  for (const algorithm of namesIn(folder))
    for (const name of namesIn(path.join(folder, algorithm))) {
      const file = path.join(folder, algorithm, name);
      const stats = await lstat(file).catch(() => undefined);
      if (stats?.isFile() === true && stats.nlink === 1 && stats.mtimeMs < begun)
        found.push({ file, bytes: stats.size, mtimeMs: stats.mtimeMs });
    }
  return found;
}

/** Removes these plain tars, but for those that were used meanwhile; returns how much. */
export function removePlainLayers(
  store: Store,
  layers: readonly PlainLayer[],
  dryRun: boolean,
): Promise<Tally> {
  return removeEach(store, 'plain layers', layers, dryRun, (layer) => removeUnused(store, layer));
}

/**
 * First moved away, so that who looks for it from now on makes it again, then looked at: who found it before has noted
 * its use, and gets it back. See pinFile, which waits for that.
 */
async function removeUnused(store: Store, { file, mtimeMs }: PlainLayer): Promise<boolean> {
  const aside = await moveAside(store, file);
  if (aside === undefined) return false;
  const stats = await lstat(aside);
  if (stats.mtimeMs !== mtimeMs || stats.nlink > 1) {
    await rename(aside, file);
    return false;
  }
  await rm(aside, { force: true });
  return true;
}
