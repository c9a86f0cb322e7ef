import type { OpenChanges } from '../effects/step-in.js';
import type { ChangeList } from './change-pages.js';
import { type ChangeNode, changeTree, visibleNodes } from './change-tree.js';
import { keepSeen } from './layout.js';

/** Directories of more nodes than this begin folded when there are many in all. */
const MOST_OPEN = 200;

/** Returns the list of what was read, its cursor on the first change. */
export function changeList(open: OpenChanges): ChangeList {
  const nodes = changeTree(open.changes);
  const folded = new Set<number>();
  if (nodes.length > MOST_OPEN)
    for (const [node, { end, depth }] of nodes.entries())
      if (end - node > MOST_OPEN / 4 && depth > 0) folded.add(node);
  const seen = visibleNodes(nodes, folded, '');
  const first = seen.findIndex((node) => nodes[node].change !== undefined);
  return { open, nodes, folded, filter: '', seen, cursor: Math.max(0, first), top: 0, form: undefined };
}

/** Returns the node with the cursor; undefined when nothing is seen. */
export function nodeAt({ nodes, seen, cursor }: ChangeList): ChangeNode | undefined {
  return cursor < seen.length ? nodes[seen[cursor]] : undefined;
}

/** Returns the list with the cursor on a row, as far as there is one, so that it is among the `rows` that are seen. */
export function choose(list: ChangeList, row: number, rows: number): ChangeList {
  const count = list.seen.length;
  const cursor = Math.max(0, Math.min(count - 1, row));
  return { ...list, cursor, top: keepSeen(list.top, cursor, rows, count) };
}

/** Returns the list with a directory folded or unfolded, the cursor on the same path or what hides it. */
export function withFold(
  list: ChangeList,
  node: number,
  how: 'open' | 'close' | 'other',
  rows: number,
): ChangeList {
  if (list.nodes[node].end === node + 1) return list;
  const folded = new Set(list.folded);
  if (how === 'open' || (how === 'other' && folded.has(node))) folded.delete(node);
  else folded.add(node);
  return reseen({ ...list, folded }, rows);
}

/** Returns the list with every directory folded or none. */
export function foldEvery(list: ChangeList, fold: boolean, rows: number): ChangeList {
  const folded = new Set<number>();
  if (fold) for (const [node, { end }] of list.nodes.entries()) if (end > node + 1) folded.add(node);
  return reseen({ ...list, folded }, rows);
}

/** Returns the list with only what fits the filter. */
export function filterList(list: ChangeList, filter: string, rows: number): ChangeList {
  return reseen({ ...list, filter }, rows);
}

function reseen(list: ChangeList, rows: number): ChangeList {
  const seen = visibleNodes(list.nodes, list.folded, list.filter);
  const node = list.seen.at(list.cursor) ?? 0;
  // The nearest one before it is what hides it.
  let row = seen.length - 1;
  while (row > 0 && seen[row] > node) row -= 1;
  return choose({ ...list, seen }, row, rows);
}
