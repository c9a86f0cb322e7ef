import { nodePath } from '../../layers/path-table.js';
import { KIND } from '../../model/entry.js';
import type { Next } from './action.js';
import { fold } from './files.js';
import { bodyOf, type OpenFile } from './page.js';
import { openPage } from './pages.js';
import { shownBeside, sideOf, snapshotName } from './beside.js';
import type { FileTree } from '../tree/file-tree.js';
import type { State } from './state.js';

/** Enter: opens the file at the cursor as a page, or folds the directory. */
export function openAtCursor(state: State): Next<State> {
  const { tree, cursor } = state;
  if (tree === undefined || cursor === 0) return { state, effects: [] };
  const touch = touchAt(state, tree, cursor);
  if (touch < 0 || tree.facts.kind[touch] === KIND.directory)
    return { state: fold(state, 'other'), effects: [] };
  if (tree.facts.kind[touch] !== KIND.file) {
    const text =
      tree.facts.kind[touch] === KIND.symlink
        ? 'a symbolic link has no content of its own'
        : 'it has no content';
    return { state: { ...state, message: { text, role: 'warning' } }, effects: [] };
  }
  return openFile(state, cursor, touch);
}

/** The touch that is opened at a node: of the side that is, else of the other; what was there before it was removed. */
function touchAt(state: State, { view, before }: FileTree, node: number): number {
  const [one, other] = shownBeside(state)?.side === 'first' ? [before, view] : [view, before];
  return one.live[node] < 0 ? other.live[node] : one.live[node];
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
  const touch = (side === 'first' && shownBeside(next) !== undefined ? tree.before : tree.view).live[node];
  if (touch === page.file.touch) return { state: next, effects: [] };
  if (touch >= 0 && tree.facts.kind[touch] === KIND.file) {
    const id = next.asked + 1;
    const { form, start } = page.file;
    const file = { ...page.file, touch, size: tree.facts.bytes[touch] };
    return {
      state: { ...next, asked: id, page: { ...page, id, loading: true, file } },
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
