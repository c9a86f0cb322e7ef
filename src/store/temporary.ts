import { lstatSync } from 'node:fs';
import path from 'node:path';
import { namesIn } from './names-in.js';
import { type Owner, ownerState, parseOwnerTag } from './owner.js';
import { removeTree } from './remove-tree.js';
import type { Store } from './store.js';
import { treeBytes } from './tree-bytes.js';

/** Half-written files of processes that cannot be seen (another machine or pid namespace) are kept this long. */
const UNKNOWN_KEPT = 24 * 3600_000;

/** What is in a `tmp` folder: a file, or the folder of a container that was being made or removed. */
export interface Leftover {
  readonly file: string;
  readonly bytes: number;
  /** `dead`: its process is gone, so nobody will ever finish it. `stray`: not a name strata gives. */
  readonly state: 'in-use' | 'dead' | 'stray';
}

/** Returns what is in a `tmp` folder. */
export async function readTemporary(directory: string, self: Owner): Promise<readonly Leftover[]> {
  const found: Leftover[] = [];
  for (const name of namesIn(directory)) {
    const file = path.join(directory, name);
    const stats = lstatSync(file, { throwIfNoEntry: false });
    if (stats === undefined) continue;
    const owner = parseOwnerTag(name);
    const bytes = stats.isDirectory() ? await treeBytes(file) : stats.size;
    found.push({ file, bytes, state: leftoverState(owner, self, stats.mtimeMs) });
  }
  return found;
}

/** Removes what killed processes left in a `tmp` folder; returns how many files and bytes. */
export async function sweepTemporary(
  store: Store,
  directory: string,
): Promise<{ readonly files: number; readonly bytes: number }> {
  let files = 0;
  let bytes = 0;
  for (const leftover of await readTemporary(directory, store.owner)) {
    if (leftover.state !== 'dead') continue;
    // Nobody's work is to fail for what somebody else left.
    const gone = await removeTree(leftover.file).then(
      () => true,
      () => false,
    );
    if (!gone) continue;
    files += 1;
    bytes += leftover.bytes;
  }
  return { files, bytes };
}

function leftoverState(owner: Owner | undefined, self: Owner, mtimeMs: number): Leftover['state'] {
  if (owner === undefined) return 'stray';
  const state = ownerState(owner, self);
  if (state === 'unknown') return Date.now() - mtimeMs > UNKNOWN_KEPT ? 'dead' : 'in-use';
  return state === 'dead' ? 'dead' : 'in-use';
}
