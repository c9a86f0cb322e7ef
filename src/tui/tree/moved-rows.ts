import type { ChangeView } from './change-view.js';
import { isSeen } from './shown-rows.js';
import { isNear, type SnapshotView } from './snapshot-view.js';
import { nodesBetween, type TouchFacts } from './touch-facts.js';
import { addRows, type TreeRows } from './tree-rows.js';

/** The rows of a tree in which nothing is hidden: of what is there, and what was removed. */
export interface PlainRows extends Pick<TreeRows, 'shown' | 'open' | 'rows'> {
  readonly view: Pick<SnapshotView, 'n'>;
  readonly changes: Pick<ChangeView, 'changed'>;
}

/** When fewer than this part of all nodes changed, moving rows is quicker than counting them anew. */
const NEAR = 16;

/**
 * Makes the rows of one moment those of another, in their own memory. Costs what the layers in between and the changes touch;
 * returns false and does nothing when that is much. What is above a shown node must be shown, so nothing may be hidden.
 */
export function moveRows(
  facts: TouchFacts,
  from: PlainRows,
  view: SnapshotView,
  changes: ChangeView,
): boolean {
  const { open, rows, shown } = from;
  if (!isNear(facts, from.view.n, view.n)) return false;
  if (from.changes.changed.length + changes.changed.length > rows.length / NEAR) return false;
  const { parent } = facts.union.paths;
  const [gone, come] = flip(facts, from, view, changes);
  // Parents have smaller numbers: what is in a directory goes before it and comes after it.
  for (let i = gone.length - 1; i >= 0; i--) addRows({ parent, open, rows }, gone[i], -1);
  for (const node of come) addRows({ parent, open, rows }, node, 1);
  shown[0] = rows[0] > 0 ? 1 : 0;
  return true;
}

/** Marks what is shown now, and returns the nodes that no longer are and those that were not, ascending. */
function flip(
  facts: TouchFacts,
  from: PlainRows,
  view: SnapshotView,
  changes: ChangeView,
): [gone: Uint32Array, come: Uint32Array] {
  const gone: number[] = [];
  const come: number[] = [];
  const { shown } = from;
  const moment = { view, changes };
  const look = (node: number): void => {
    const now = isSeen(moment, node) ? 1 : 0;
    if (node === 0 || now === shown[node]) return;
    shown[node] = now;
    (now === 1 ? come : gone).push(node);
  };
  for (const node of nodesBetween(facts, from.view.n, view.n)) look(node);
  from.changes.changed.forEach(look);
  changes.changed.forEach(look);
  return [Uint32Array.from(gone).sort(), Uint32Array.from(come).sort()];
}
