import { KIND } from '../../model/entry.js';
import { shownTouch } from '../tree/before-view.js';
import { countRows, rowCount, rowOf, rowsFrom, withOpen } from '../tree/tree-rows.js';
import type { FileTree } from '../tree/file-tree.js';
import { settled, withFolds } from './derive.js';
import { paneRows } from './layout.js';
import type { State } from './state.js';

/** Returns the state with the cursor `by` rows further, at the first or last row when there are no more. */
export function moveRows(state: State, by: number): State {
  const { tree } = state;
  if (tree === undefined || rowCount(tree) === 0) return state;
  const row = Math.max(0, rowOf(tree, state.cursor)) + by;
  return goToRow(state, Math.max(0, Math.min(rowCount(tree) - 1, row)));
}

/** Returns the state with the cursor on that row, which must exist. */
export function goToRow(state: State, row: number): State {
  const node = state.tree === undefined ? undefined : rowsFrom(state.tree, row, 1).at(0);
  return node === undefined ? state : settled({ ...state, cursor: node });
}

/** Returns the state with the rows moved by `by` below the cursor, which moves along when it would not be seen. */
export function scrollRows(state: State, by: number): State {
  const { tree } = state;
  if (tree === undefined) return state;
  const rows = paneRows(state, 'files');
  const top = Math.max(0, Math.min(rowCount(tree) - rows, state.filesTop + by));
  const row = Math.max(0, rowOf(tree, state.cursor));
  const kept = Math.max(top, Math.min(top + rows - 1, row));
  return goToRow({ ...state, filesTop: top }, Math.max(0, Math.min(rowCount(tree) - 1, kept)));
}

/** Whether the node is a directory of the snapshot, or was one before it was removed. */
export function isDirectory(tree: FileTree, node: number): boolean {
  const touch = shownTouch(tree, node);
  return touch >= 0 && tree.facts.kind[touch] === KIND.directory;
}

/** Returns the state with the directory at the cursor opened, closed, or the other way round. */
export function fold(state: State, how: 'open' | 'close' | 'other'): State {
  const { tree, cursor } = state;
  if (tree === undefined || cursor === 0 || tree.childrenOf(cursor).length === 0) return state;
  const open = how === 'other' ? tree.open[cursor] === 0 : how === 'open';
  return withFolds(state, { ...tree, ...withOpen(tree, cursor, open) });
}

/** Left: closes an open directory, else goes to the one above. */
export function goLeft(state: State): State {
  const { tree, cursor } = state;
  if (tree === undefined || cursor === 0) return state;
  if (tree.open[cursor] === 1 && tree.childrenOf(cursor).length > 0) return fold(state, 'close');
  const above = tree.parent[cursor];
  return above === 0 ? state : settled({ ...state, cursor: above });
}

/** Right: opens a directory, and goes to its first row when it is open. */
export function goRight(state: State): State {
  const { tree, cursor } = state;
  if (tree === undefined || cursor === 0) return state;
  if (tree.childrenOf(cursor).length === 0) return state;
  return tree.open[cursor] === 1 ? moveRows(state, 1) : fold(state, 'open');
}

/** Returns the state with every directory open or closed. */
export function foldAll(state: State, open: boolean): State {
  const { tree } = state;
  if (tree === undefined) return state;
  const all = new Uint8Array(tree.open.length).fill(open ? 1 : 0);
  return withFolds(state, { ...tree, open: all, rows: countRows(tree.parent, tree.shown, all) });
}
