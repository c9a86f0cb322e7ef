import { KIND } from '../../model/entry.js';
import { liveTouch } from '../../layers/union/union.js';
import { type ChangeView, STATUS } from './change-view.js';
import { fileOf } from './linked-names.js';
import type { TouchFacts } from './touch-facts.js';

/** What changed at and below one node. */
export interface ChangeSums {
  readonly added: number;
  readonly modified: number;
  readonly removed: number;
  /** Bytes of files that are no longer seen; a file with several names counts once. */
  readonly removedBytes: number;
}

/** Returns the sums of the changes at and below a node. Costs the children of what holds changes. */
export function changeSums(
  { union, kind, bytes, linked, links }: TouchFacts,
  { from, status, below }: Pick<ChangeView, 'from' | 'status' | 'below'>,
  node: number,
): ChangeSums {
  const { childStart, children } = union;
  const counts = [0, 0, 0, 0];
  let removedBytes = 0;
  const counted = new Set<number>();
  const isCounted = (touch: number): boolean => {
    const file = linked[touch] === 1 ? fileOf(links, touch) : -1;
    if (file < 0) return false;
    const before = counted.has(file);
    counted.add(file);
    return before;
  };
  const stack = below[node] === 1 ? [node] : [];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    counts[status[at]] += 1;
    if (status[at] === STATUS.removed) {
      const touch = liveTouch(union, at, from);
      if (kind[touch] !== KIND.directory && !isCounted(touch)) removedBytes += bytes[touch];
    }
    for (let i = childStart[at]; i < childStart[at + 1]; i++)
      if (below[children[i]] === 1) stack.push(children[i]);
  }
  const { added, modified, removed } = STATUS;
  return { added: counts[added], modified: counts[modified], removed: counts[removed], removedBytes };
}
