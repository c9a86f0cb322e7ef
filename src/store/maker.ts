import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { readRegular } from '../io/regular-file.js';
import { namesIn } from './names-in.js';
import { CONTAINERS, DOCUMENT_LIMIT } from './layout-names.js';
import { type OwnerState, ownerState, parseOwnerTag } from './owner.js';
import type { Store } from './store.js';

/** Names in the folder of a container: the record is written last, so that who has one is a container. */
export const MAKER = 'maker';
export const RECORD = 'container.json';

/** How long the folder of a process that cannot be seen (another machine, boot or pid namespace) is kept for it. */
const UNKNOWN_KEPT = 24 * 3600_000;

/** How long a folder that does not say whose it is counts as being removed. */
const NAMELESS_KEPT = 600_000;

/** How much earlier than the clock a file system may say it is, in milliseconds. */
const SLACK = 2000;

/** True when the process that made or makes the container of this folder still runs, as far as can be told. */
export async function makerLives(store: Store, folder: string): Promise<boolean> {
  const file = path.join(folder, MAKER);
  const owner = parseOwnerTag(tagIn(file));
  const state: OwnerState = owner === undefined ? 'unknown' : ownerState(owner, store.owner);
  if (state !== 'unknown') return state === 'alive';
  const kept = owner === undefined ? NAMELESS_KEPT : UNKNOWN_KEPT;
  const stats = await lstat(owner === undefined ? folder : file).catch(() => undefined);
  return stats !== undefined && Date.now() - stats.mtimeMs < kept;
}

function tagIn(file: string): string {
  try {
    return readRegular(file, DOCUMENT_LIMIT).toString('latin1');
  } catch {
    return '';
  }
}

/** True when the folder is that of a container to be, and its process still runs. */
async function isBeingMade(store: Store, folder: string): Promise<boolean> {
  const kept = await lstat(path.join(folder, RECORD)).then(
    () => true,
    () => false,
  );
  return !kept && (await makerLives(store, folder));
}

/** When the oldest container that is being made was begun at the latest; never, Infinity, when none is. */
export async function oldestBeginning(store: Store): Promise<number> {
  const folder = path.join(store.paths.root, CONTAINERS);
  let oldest = Infinity;
  for (const id of namesIn(folder)) {
    const stats = await lstat(path.join(folder, id, MAKER)).catch(() => undefined);
    if (stats === undefined || stats.mtimeMs > oldest) continue;
    if (await isBeingMade(store, path.join(folder, id))) oldest = stats.mtimeMs;
  }
  return oldest - SLACK;
}
