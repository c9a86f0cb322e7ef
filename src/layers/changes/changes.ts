import { compareRows, FACET, REPLACING } from '../union/facets.js';
import { inodeOf, leavesFile, liveTouch, type Union } from '../union/union.js';

export type ChangeKind = 'added' | 'removed' | 'modified';

/** How one path differs between two snapshots of one union. */
export interface Change {
  readonly node: number;
  readonly kind: ChangeKind;
  /** Mask of facets.ts; 0 for added and removed. */
  readonly facets: number;
  /** Touch that made it what it was; -1 when it was not there. */
  readonly before: number;
  /** Touch that made it what it is, -1 when it is gone. */
  readonly after: number;
}

/** Returns the mask of facets that differ between what two touches left. */
export function touchFacets(union: Union, before: number, after: number): number {
  const a = inodeOf(union, before);
  const b = inodeOf(union, after);
  if (a === undefined && b === undefined) return 0;
  // A directory without an entry has no metadata to compare.
  if (a === undefined || b === undefined) {
    const inode = a ?? b;
    const known = inode === undefined ? 1 : union.layers[inode.layer - 1].columns.kind[inode.row];
    return known === 1 ? FACET.mode : FACET.kind;
  }
  return compareRows(union.layers[a.layer - 1], a.row, union.layers[b.layer - 1], b.row);
}

/** Returns how `node` differs from snapshot `from` (0: nothing at all) to snapshot `to`, or undefined if it does not. */
export function changeOf(union: Union, node: number, from: number, to: number): Change | undefined {
  const before = from === 0 ? -1 : liveTouch(union, node, from);
  const after = liveTouch(union, node, to);
  return before === after ? undefined : changeBetween(union, node, before, after);
}

function changeBetween(union: Union, node: number, before: number, after: number): Change | undefined {
  if (before < 0) return after < 0 ? undefined : { node, kind: 'added', facets: 0, before, after };
  if (after < 0) return { node, kind: 'removed', facets: 0, before, after };
  const facets = touchFacets(union, before, after);
  return facets === 0 ? undefined : { node, kind: 'modified', facets, before, after };
}

/** Yields the changes from snapshot `from` to `to` by path, depth first, directories before what is in them. */
export function* changes(union: Union, from: number, to: number): Generator<Change> {
  const stack = [0];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    const change = changeOf(union, node, from, to);
    if (change !== undefined) yield change;
    for (let i = union.childStart[node + 1] - 1; i >= union.childStart[node]; i--)
      stack.push(union.children[i]);
  }
}

/** How many paths a layer changed, by what it did to them. */
export interface ChangeCounts {
  added: number;
  /** Content, kind, link target or device. */
  replaced: number;
  /** Mode, owner, time or xattrs only. */
  metadata: number;
  removed: number;
}

/** Returns the counts for each layer, base first, in one pass over the touches. Directories count as paths. */
export function countChanges(union: Union): ChangeCounts[] {
  const counts = union.layers.map(() => ({ added: 0, replaced: 0, metadata: 0, removed: 0 }));
  const { layer } = union.touches;
  for (let node = 1; node < union.paths.count; node++) {
    let before = -1;
    for (let touch = union.touchStart[node]; touch < union.touchStart[node + 1];) {
      const position = layer[touch];
      // The last touch of a layer says what it left.
      while (touch + 1 < union.touchStart[node + 1] && layer[touch + 1] === position) touch++;
      const after = leavesFile(union, touch) ? touch : -1;
      const change = changeBetween(union, node, before, after);
      if (change !== undefined) {
        const count = counts[position - 1];
        if (change.kind !== 'modified') count[change.kind]++;
        else if ((change.facets & REPLACING) !== 0) count.replaced++;
        else count.metadata++;
      }
      before = after;
      touch++;
    }
  }
  return counts;
}
