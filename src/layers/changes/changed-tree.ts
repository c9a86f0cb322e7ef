import { type Change, changeOf } from './changes.js';
import type { Union } from '../union/union.js';

/** The paths that one layer changed, with the directories above them. */
export interface ChangedTree {
  /** How the node differs from the snapshot below the layer; undefined for a directory only on the way. */
  change(node: number): Change | undefined;
  /** The children that changed or have something changed below, by name. */
  children(node: number): Generator<number>;
  /** Whether anything at or below the node changed. */
  has(node: number): boolean;
}

/** Returns what differs between snapshots `n - 1` (0: nothing at all) and `n`, as a tree. */
export function changedTree(union: Union, n: number): ChangedTree {
  const { parent, count } = union.paths;
  const below = new Uint8Array(count);
  // Parents have smaller numbers, so going down passes every change on to the root.
  for (let node = count - 1; node >= 0; node--) {
    if (below[node] === 0 && changeOf(union, node, n - 1, n) === undefined) continue;
    below[node] = 1;
    if (node > 0) below[parent[node]] = 1;
  }
  return {
    change: (node) => changeOf(union, node, n - 1, n),
    has: (node) => below[node] === 1,
    *children(node) {
      for (let i = union.childStart[node]; i < union.childStart[node + 1]; i++)
        if (below[union.children[i]] === 1) yield union.children[i];
    },
  };
}
