import { basename } from '../../model/path.js';
import { nodePath } from '../../layers/index/path-table.js';
import { fileOfTouch } from '../../layers/union/snapshot-file.js';
import type { ActionName } from '../keys/table.js';
import { historyRows } from '../rows/history.js';
import { safeText } from '../rows/safe-text.js';
import { shownTouch } from '../tree/before-view.js';
import type { FileTree } from '../tree/file-tree.js';
import { rowCount } from '../tree/tree-rows.js';
import type { Effect, Next } from './action.js';
import { rangeOf } from './derive.js';
import { shownBeside } from './beside.js';
import { openAtCursor } from './file-page.js';
import { fold, foldAll, goLeft, goRight, goToRow, moveRows } from './files.js';
import { jump, type JumpTo } from './jump.js';
import { paneRows } from './layout.js';
import { done, prompted, refused, withRows } from './next.js';
import { openPage } from './pages.js';
import type { State } from './state.js';

/** Returns what a key does while the files have the focus. */
export function inFiles(state: State, action: ActionName): Next<State> {
  const rows = Math.max(1, paneRows(state, 'files') - 1);
  const { tree, cursor } = state;
  const onFile = ON_A_FILE[action];
  if (onFile !== undefined) {
    if (tree === undefined || cursor === 0) return done(refused(state, noFile(state)));
    return onFile(state, tree, nodePath(tree.facts.union.paths, cursor));
  }
  switch (action) {
    case 'up':
      return done(moveRows(state, -1));
    case 'down':
      return done(moveRows(state, 1));
    case 'page-up':
      return done(moveRows(state, -rows));
    case 'page-down':
      return done(moveRows(state, rows));
    case 'first':
      return done(goToRow(state, 0));
    case 'last':
      return done(tree === undefined ? state : goToRow(state, rowCount(tree) - 1));
    case 'left':
      return done(goLeft(state));
    case 'right':
      return done(goRight(state));
    case 'fold':
      return done(fold(state, 'other'));
    case 'unfold-all':
      return done(foldAll(state, true));
    case 'fold-all':
      return done(foldAll(state, false));
    default:
      return done(jumped(state, action));
  }
}

type FileDeed = (state: State, tree: FileTree, path: string) => Next<State>;

/** What needs a row with the cursor. */
const ON_A_FILE: Readonly<Partial<Record<ActionName, FileDeed>>> = {
  open: openAtCursor,
  history: (state, tree, path) =>
    done(withRows(state, 'history', `History of ${path}`, historyRows(state, tree))),
  difference: showDifference,
  extract: askExtract,
  'copy-path': (state, _tree, path) => done(state, { do: 'copy', text: path, what: 'path' }),
  'copy-digest': copyContentDigest,
};

function noFile({ tree, top, failed }: State): string {
  if (top === 0) return 'the image has no layers';
  if (tree !== undefined) return 'there is no file here';
  return failed === undefined
    ? 'no files yet: layers are still being read'
    : 'no files: they could not be read';
}

function showDifference(state: State, _tree: FileTree, path: string): Next<State> {
  const { state: next, id } = openPage(state, 'difference', `Difference of ${path}`);
  const { from, to } = rangeOf(state);
  // Two images, or two marks, say what is compared.
  const between = shownBeside(state) !== undefined || state.marks.length === 2 ? { from } : {};
  return done(next, { do: 'stop' }, { do: 'difference', id, node: state.cursor, ...between, to });
}

function askExtract(state: State, tree: FileTree, path: string): Next<State> {
  const label = tree.view.live[state.cursor] < 0 ? 'extract what was removed to ' : 'extract to ';
  return done(prompted(state, 'extract', label, `./${safeText(basename(path))}`));
}

/** Returns what writes the file at the cursor to the host: as the snapshot has it, what is gone as it was. */
export function extractEffect(state: State, to: string): Effect {
  const { tree, cursor, layer } = state;
  const { from, to: n } = tree?.settings ?? { from: layer, to: layer };
  return { do: 'extract', node: cursor, n: tree !== undefined && tree.view.live[cursor] < 0 ? from : n, to };
}

function copyContentDigest(state: State, tree: FileTree): Next<State> {
  const touch = shownTouch(tree, state.cursor);
  if (touch < 0) return done(state);
  const { content } = fileOfTouch(tree.facts.union, state.cursor, touch);
  if (content === undefined) return done(refused(state, 'it has no content to have a digest'));
  return done(state, { do: 'copy', text: content, what: 'digest of the content' });
}

function jumped(state: State, action: ActionName): State {
  const match = /^(next|previous)-(waste|removed|setuid|anomaly|changed)$/.exec(action);
  return match === null ? state : jump(state, match[2] as JumpTo, match[1] === 'previous');
}
