import { groupStarts, sortByGroup } from '../../layers/union/grouped.js';
import { compareNames, type PathTable } from '../../layers/index/path-table.js';
import { TOUCH } from '../../layers/union/touch.js';
import { findSorted, inodeOf, type Union } from '../../layers/union/union.js';

/** The files with several names. */
export interface LinkedNames {
  /** Touches that leave such a file, ascending; with the node and the number of the file of each. */
  readonly touch: Uint32Array;
  readonly node: Uint32Array;
  readonly file: Uint32Array;
  /** Places in those lists of the names of file f: `names[start[f] … start[f + 1]]`. */
  readonly start: Uint32Array;
  readonly names: Uint32Array;
}

/** More rows than a layer can have: makes one number of layer and row. */
const ROWS = 2 ** 32;

/** Returns the names of every file that a hard link leads to. */
export function linkedNames(union: Union): LinkedNames {
  const files = new Map<number, number>();
  const { links, touches, touchStart, paths } = union;
  for (let i = 0; i < links.touch.length; i++) {
    const key = links.layer[i] * ROWS + links.row[i];
    if (!files.has(key)) files.set(key, files.size);
  }
  const found: { readonly touch: number[]; readonly node: number[]; readonly file: number[] } = {
    touch: [],
    node: [],
    file: [],
  };
  for (let node = 0; node < paths.count && files.size > 0; node++)
    for (let touch = touchStart[node]; touch < touchStart[node + 1]; touch++) {
      if (touches.kind[touch] >= TOUCH.implied) continue;
      const inode = inodeOf(union, touch);
      const file = inode === undefined ? undefined : files.get(inode.layer * ROWS + inode.row);
      if (file === undefined) continue;
      found.touch.push(touch);
      found.node.push(node);
      found.file.push(file);
    }
  const file = Uint32Array.from(found.file);
  const start = groupStarts(file, 0, file.length, files.size);
  const names = new Uint32Array(file.length);
  sortByGroup(file, 0, file.length, start.slice(), names);
  return { touch: Uint32Array.from(found.touch), node: Uint32Array.from(found.node), file, start, names };
}

/** Returns the number of the file that the touch left a name of, or -1 for one with a single name. */
export function fileOf({ touch: touches, file }: LinkedNames, touch: number): number {
  const at = findSorted(touches, touch);
  return at < 0 ? -1 : file[at];
}

/** Returns how many of the names of a file are there. */
export function countNames(
  { touch, node, start, names }: LinkedNames,
  file: number,
  liveAt: (node: number) => number,
): number {
  let count = 0;
  for (let i = start[file]; i < start[file + 1]; i++)
    if (liveAt(node[names[i]]) === touch[names[i]]) count += 1;
  return count;
}

/** Returns the place (in `touch`) of the name of a file that comes first in the order of paths, or -1 when none is there. */
export function firstName(
  { touch, node, start, names }: LinkedNames,
  paths: PathTable,
  file: number,
  liveAt: (node: number) => number,
): number {
  let first = -1;
  for (let i = start[file]; i < start[file + 1]; i++) {
    const name = names[i];
    if (liveAt(node[name]) !== touch[name]) continue;
    if (first < 0 || comparePlaces(paths, node[name], node[first]) < 0) first = name;
  }
  return first;
}

function comparePlaces(paths: PathTable, a: number, b: number): number {
  if (a === b) return 0;
  const upA = ancestors(paths.parent, a);
  const upB = ancestors(paths.parent, b);
  for (let i = 0; ; i++) {
    if (i >= upA.length || i >= upB.length) return upA.length - upB.length;
    if (upA[i] !== upB[i]) return compareNames(paths, upA[i], upB[i]);
  }
}

/** From the node below the root down to the node. */
function ancestors(parent: Uint32Array, node: number): number[] {
  const up: number[] = [];
  for (let at = node; at !== 0; at = parent[at]) up.push(at);
  return up.reverse();
}
