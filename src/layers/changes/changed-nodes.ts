import { changeOf } from './changes.js';
import { inodeOf, liveTouch, type Union } from '../union/union.js';

/** What a layer has to hold that makes one snapshot of another. */
export interface ChangedNodes {
  /** Live in the later one, to be written: what differs and the directories above; parents first, in the order of paths. */
  readonly written: readonly number[];
  /** By directory that is written what is gone from it. */
  readonly removed: ReadonlyMap<number, readonly number[]>;
}

/** More rows than a layer can have: makes one number of layer and row. */
const ROWS = 2 ** 32;

/**
 * Returns what differs from snapshot `from` to snapshot `to`. Names that are one file there, and are not exactly the names
 * that were one before, are all written: a layer cannot link to what is below it.
 */
export function changedNodes(union: Union, from: number, to: number): ChangedNodes {
  const inodeAt = (node: number, n: number): number => {
    const touch = n === 0 ? -1 : liveTouch(union, node, n);
    const inode = touch < 0 ? undefined : inodeOf(union, touch);
    return inode === undefined ? -1 : inode.layer * ROWS + inode.row;
  };
  const order: number[] = [];
  const changed = new Set<number>();
  const removed = new Map<number, number[]>();
  const namesOf = new Map<number, number[]>();
  const stack: { readonly node: number; readonly parent: number }[] = [{ node: 0, parent: -1 }];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    const { node, parent } = at;
    const isLive = liveTouch(union, node, to) >= 0;
    if (!isLive) {
      // Gone with its directory unless that is one in both.
      if (from === 0 || parent < 0 || liveTouch(union, node, from) < 0) continue;
      changed.add(parent);
      const gone = removed.get(parent);
      if (gone === undefined) removed.set(parent, [node]);
      else gone.push(node);
      continue;
    }
    order.push(node);
    if (changeOf(union, node, from, to) !== undefined) changed.add(node);
    const inode = inodeAt(node, to);
    const names = namesOf.get(inode);
    if (inode < 0) {
      // A directory that no layer has an entry for.
    } else if (names === undefined) namesOf.set(inode, [node]);
    else names.push(node);
    const { childStart, children } = union;
    for (let i = childStart[node + 1] - 1; i >= childStart[node]; i--)
      stack.push({ node: children[i], parent: node });
  }
  addLinks(order, namesOf, changed, (node) => inodeAt(node, from));
  const needed = new Set<number>();
  for (const node of changed)
    for (let up = node; !needed.has(up); up = union.paths.parent[up]) needed.add(up);
  return { written: order.filter((node) => needed.has(node)), removed };
}

/** Adds the names of files that are joined or parted otherwise than before, and all names of what is written. */
function addLinks(
  live: readonly number[],
  namesOf: ReadonlyMap<number, readonly number[]>,
  changed: Set<number>,
  inodeBefore: (node: number) => number,
): void {
  const together = new Map<number, number>();
  for (const node of live) {
    const before = inodeBefore(node);
    if (before >= 0) together.set(before, (together.get(before) ?? 0) + 1);
  }
  for (const names of namesOf.values()) {
    const [first] = names;
    const before = inodeBefore(first);
    const same =
      names.every((node) => !changed.has(node) && inodeBefore(node) === before) &&
      before >= 0 &&
      together.get(before) === names.length;
    if (names.length === 1 && (same || before < 0 || together.get(before) === 1)) continue;
    if (!same) for (const node of names) changed.add(node);
  }
}
