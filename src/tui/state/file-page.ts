import { nodePath } from '../../layers/index/path-table.js';
import { resolvePath } from '../../layers/union/resolve.js';
import { lookup } from '../../layers/union/union.js';
import { KIND } from '../../model/entry.js';
import type { Next } from './action.js';
import { revealed, withTree } from './derive.js';
import { fold } from './files.js';
import { refused } from './next.js';
import { bodyOf, type OpenFile } from './page.js';
import { openPage } from './pages.js';
import { shownBeside, sideOf, snapshotName } from './beside.js';
import { shownTouch } from '../tree/before-view.js';
import type { FileTree } from '../tree/file-tree.js';
import { isAllowed } from '../tree/shown-rows.js';
import type { State } from './state.js';

/** Enter: opens the file at the cursor as a page, or folds the directory. */
export function openAtCursor(state: State): Next<State> {
  const { tree, cursor } = state;
  if (tree === undefined || cursor === 0) return { state, effects: [] };
  const touch = touchAt(state, tree, cursor);
  if (touch < 0 || tree.facts.kind[touch] === KIND.directory)
    return { state: fold(state, 'other'), effects: [] };
  if (tree.facts.kind[touch] === KIND.symlink) return { state: followed(state, tree, cursor), effects: [] };
  if (tree.facts.kind[touch] !== KIND.file)
    return { state: refused(state, 'it has no content'), effects: [] };
  return openFile(state, cursor, touch);
}

/** Returns the state with the cursor on what a symbolic link leads to, without a filter that hides it. */
function followed(state: State, tree: FileTree, node: number): State {
  const { facts, settings, shown } = tree;
  const { union } = facts;
  try {
    const { path } = resolvePath(union, settings.to, nodePath(union.paths, node));
    const target = lookup(union, path);
    // Before anything moves: a tree is good no more once another one was made.
    if (shown[target] !== 1 && !isAllowed(tree, target))
      return refused(state, `it leads to ${path}, which is not among these files`);
    const next = shown[target] === 1 ? state : withTree({ ...state, filter: '' });
    return { ...revealed(next, target), message: { text: `it leads to ${path}`, role: 'status' } };
  } catch (thrown) {
    return refused(state, thrown instanceof Error ? thrown.message : String(thrown));
  }
}

/** The touch that is opened at a node: of the side that is, else of the other; what was there before it was removed. */
function touchAt(state: State, { view, before }: FileTree, node: number): number {
  const earlier = shownBeside(state)?.side === 'first' ? before.live(node) : -1;
  return earlier < 0 ? shownTouch({ view, before }, node) : earlier;
}

function openFile(state: State, node: number, touch: number): Next<State> {
  const { tree } = state;
  if (tree === undefined) return { state, effects: [] };
  const title = nodePath(tree.facts.union.paths, node);
  const opened = openPage(state, 'file', title);
  const file: OpenFile = {
    node,
    touch,
    form: 'text',
    forms: [],
    size: tree.facts.bytes[touch],
    start: 0,
    end: 0,
  };
  return {
    state: { ...opened.state, page: { ...opened.page, file } },
    effects: [{ do: 'stop' }, { do: 'read', id: opened.id, node, touch, form: undefined, from: 0 }],
  };
}

/** After a move in time: the open page shows its file as it is there. */
export function followTime(before: State, next: State): Next<State> {
  const { page, tree } = next;
  const still = before.layer === next.layer && before.beside?.layer === next.beside?.layer;
  if (page === undefined || tree === undefined || still) return { state: next, effects: [] };
  const node = page.file?.node;
  if (node === undefined || page.file === undefined) return { state: next, effects: [] };
  const side = sideOf(next);
  const isBefore = side === 'first' && shownBeside(next) !== undefined;
  const touch = isBefore ? tree.before.live(node) : tree.view.live[node];
  if (touch === page.file.touch) return { state: next, effects: [] };
  if (touch >= 0 && tree.facts.kind[touch] === KIND.file) {
    const id = next.asked + 1;
    const { form, start } = page.file;
    const file = { ...page.file, touch, size: tree.facts.bytes[touch] };
    return {
      state: { ...next, asked: id, page: { ...page, id, loading: true, percent: undefined, file } },
      effects: [{ do: 'stop' }, { do: 'read', id, node, touch, form, from: start }],
    };
  }
  const body = bodyOf([[{ text: `not a file in the snapshot after ${snapshotName(next)}`, role: 'dim' }]]);
  const file = { ...page.file, touch: -1, size: 0, start: 0, end: 0, forms: [] };
  return {
    state: { ...next, page: { ...page, body, file, loading: false, top: 0 } },
    effects: [{ do: 'stop' }],
  };
}
