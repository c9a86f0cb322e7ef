import { changeOf } from '../../layers/changes/changes.js';
import { fileOf, firstName } from './linked-names.js';
import { nodesBetween, type TouchFacts } from './touch-facts.js';

/** How a node differs between the two snapshots, as numbers: 0 where it does not. */
export const STATUS = { same: 0, added: 1, removed: 2, modified: 3 } as const;

/** What changed from one snapshot to another, for every node at once. */
export interface ChangeView {
  readonly from: number;
  readonly to: number;
  /** One of {@link STATUS}. */
  readonly status: Uint8Array;
  /** 1 where something at or below the node changed. */
  readonly below: Uint8Array;
  readonly counts: { readonly added: number; readonly removed: number; readonly modified: number };
  readonly changed: readonly number[];
}

/** Returns the changes from nothing to nothing. */
export function noChanges({ union }: TouchFacts): ChangeView {
  const { count } = union.paths;
  return {
    from: 0,
    to: 0,
    status: new Uint8Array(count),
    below: new Uint8Array(count),
    counts: { added: 0, removed: 0, modified: 0 },
    changed: [],
  };
}

/**
 * Returns the changes from snapshot `from` (0: nothing at all) to `to` in the memory of other changes, which are good no
 * more. Costs both of them and the touches in between, not the tree.
 */
export function changesInstead(facts: TouchFacts, other: ChangeView, from: number, to: number): ChangeView {
  if (other.from === from && other.to === to) return other;
  const { union } = facts;
  const { parent } = union.paths;
  const { status, below } = other;
  for (const node of other.changed) {
    status[node] = STATUS.same;
    for (let at = node; below[at] === 1; at = parent[at]) below[at] = 0;
  }
  const changed: number[] = [];
  const counts = { added: 0, removed: 0, modified: 0 };
  for (const node of nodesBetween(facts, from, to)) {
    if (status[node] !== STATUS.same) continue;
    const change = changeOf(union, node, from, to);
    if (change === undefined) continue;
    status[node] = STATUS[change.kind];
    // The root directory has no row.
    if (node > 0) counts[change.kind] += 1;
    changed.push(node);
    for (let at = node; below[at] === 0; at = parent[at]) below[at] = 1;
  }
  return { from, to, status, below, counts, changed };
}

/**
 * Returns the bytes at and below each node that the changes brought: what was added or modified, as it is now. A file with
 * several names counts at the first of those that changed, as in `treeSizes`.
 */
export function changedBytes(facts: TouchFacts, view: ChangeView, live: Int32Array): Float64Array {
  const { links, linked, union } = facts;
  const { parent } = union.paths;
  const bytes = new Float64Array(parent.length);
  const counted = new Map<number, number>();
  const changedTouch = (node: number): number => (view.status[node] === STATUS.same ? -1 : live[node]);
  const countedTouch = (file: number): number => {
    const touch = counted.get(file) ?? links.touch[firstName(links, union.paths, file, changedTouch)];
    counted.set(file, touch);
    return touch;
  };
  for (const node of view.changed) {
    const touch = live[node];
    const size = touch < 0 ? 0 : facts.bytes[touch];
    if (size === 0 || (linked[touch] === 1 && countedTouch(fileOf(links, touch)) !== touch)) continue;
    for (let at = node; ; at = parent[at]) {
      bytes[at] += size;
      if (at === 0) break;
    }
  }
  return bytes;
}
