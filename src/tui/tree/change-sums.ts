import { type ChangeView, STATUS } from './change-view.js';
import type { SnapshotView } from './snapshot-view.js';
import { KIND } from '../../model/entry.js';
import type { TouchFacts } from './touch-facts.js';

/** What changed at and below each node, by node. */
export interface ChangeSums {
  readonly added: Uint32Array;
  readonly modified: Uint32Array;
  readonly removed: Uint32Array;
  /** Bytes of files that are no longer seen; a file with several names counts with each. */
  readonly removedBytes: Float64Array;
}

/** Returns the sums of the changes. Linear in nodes: parents have smaller numbers. */
export function changeSums(
  facts: TouchFacts,
  { changed, status }: ChangeView,
  before: SnapshotView,
): ChangeSums {
  const { parent } = facts.union.paths;
  const count = parent.length;
  const added = new Uint32Array(count);
  const modified = new Uint32Array(count);
  const removed = new Uint32Array(count);
  const removedBytes = new Float64Array(count);
  for (const node of changed) {
    if (status[node] === STATUS.added) added[node] = 1;
    else if (status[node] === STATUS.modified) modified[node] = 1;
    else {
      removed[node] = 1;
      const touch = before.live[node];
      if (touch >= 0 && facts.kind[touch] !== KIND.directory) removedBytes[node] = facts.bytes[touch];
    }
  }
  for (let node = count - 1; node > 0; node--) {
    const above = parent[node];
    added[above] += added[node];
    modified[above] += modified[node];
    removed[above] += removed[node];
    removedBytes[above] += removedBytes[node];
  }
  return { added, modified, removed, removedBytes };
}
