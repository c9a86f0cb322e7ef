import { secondSnapshot } from '../../layers/compare/second-snapshot.js';
import type { FoundNodes } from '../tree/file-match.js';
import type { FileTree, Forest } from '../tree/file-tree.js';
import { nearestVisible, rowCount, rowOf, rowsFrom, type TreeRows, withOpen } from '../tree/tree-rows.js';
import { shownBeside } from './beside.js';
import { keepSeen, paneRows } from './layout.js';
import type { State } from './state.js';

const NOTHING_FOUND = { waste: undefined, anomaly: undefined };

/** The snapshots that are compared: those of two images, two marks, else the layer with the one below it. */
export function rangeOf(state: State): { from: number; to: number } {
  const { layer, marks, fromBase, loaded, top } = state;
  const beside = shownBeside(state);
  if (beside !== undefined) return { from: layer, to: secondSnapshot(top, beside.layer) };
  const last = loaded?.count ?? 0;
  if (marks.length === 2) {
    const [a, b] = [Math.min(...marks), Math.max(...marks)];
    return { from: Math.min(a, last), to: Math.min(b, last) };
  }
  const to = Math.min(layer, last);
  // "All changes up to here" are those above the base, as dive's aggregated view has them.
  return { from: fromBase ? Math.min(1, to - 1) : Math.max(0, to - 1), to };
}

/** Where findings are; undefined while that is not known, and of two images. */
export function foundOf(state: State): FoundNodes | undefined {
  return shownBeside(state) === undefined ? state.judged?.found : undefined;
}

/** What makes the trees that are shown; undefined while nothing is read for them. */
export function forestOf(state: State): Forest | undefined {
  const beside = shownBeside(state);
  return beside === undefined ? state.loaded?.forest : beside.read?.forest;
}

/** Returns the state with the tree that its settings ask for, the cursor on a row and the row seen. */
export function withTree(state: State): State {
  const { loaded, sort, hide, filter, onlyChanges, open } = state;
  const forest = forestOf(state);
  if (forest === undefined || loaded?.count === 0) return { ...state, tree: undefined };
  const { from, to } = rangeOf(state);
  const tree = forest.tree(
    { from, to, sort, hide, filter, onlyChanges },
    open,
    foundOf(state) ?? NOTHING_FOUND,
    state.tree,
  );
  // A path that is not there for a while is come back to, unless the cursor was moved or the filter changed.
  const cursor = state.away?.at === state.cursor ? state.away.node : state.cursor;
  if (state.tree?.settings.filter !== filter) return settled({ ...state, tree, away: undefined });
  const next = settled({ ...state, tree, cursor });
  return { ...next, away: next.cursor === cursor ? undefined : { node: cursor, at: next.cursor } };
}

/** Returns the state with the cursor on a row of its tree, at the same distance from the top as before if it can be. */
export function settled(state: State): State {
  const { tree } = state;
  if (tree === undefined) return state;
  const cursor = nearestVisible(tree, state.cursor);
  const rows = paneRows(state, 'files');
  const row = Math.max(0, rowOf(tree, cursor));
  return { ...state, cursor, filesTop: keepSeen(state.filesTop, row, rows, rowCount(tree)) };
}

/** Returns the state with another tree of the same settings, in which directories were opened or closed. */
export function withFolds(state: State, tree: FileTree): State {
  return settled({ ...state, tree, ...(state.filter === '' ? { open: tree.open } : {}) });
}

/** Returns the state with every directory above the node open, and the cursor on it. */
export function revealed(state: State, node: number): State {
  const { tree } = state;
  if (tree === undefined) return state;
  let opened: TreeRows = tree;
  for (let at = tree.parent[node]; at !== 0; at = tree.parent[at]) opened = withOpen(opened, at, true);
  return withFolds({ ...state, cursor: node }, { ...tree, ...opened });
}

/** Rows that are looked at for the first that was found. */
const LOOKED_AT = 5000;

/** Returns the state with the filter, and the cursor on what it found. */
export function filtered(state: State, filter: string): State {
  const next = withTree({ ...state, filter });
  const { tree, cursor } = next;
  if (tree?.hits === undefined || tree.hits.nodes[cursor] === 1) return next;
  const { nodes } = tree.hits;
  const first = rowsFrom(tree, 0, LOOKED_AT).find((node) => nodes[node] === 1);
  return first === undefined ? next : settled({ ...next, cursor: first, filesTop: 0 });
}
