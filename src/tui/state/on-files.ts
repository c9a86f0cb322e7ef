import { basename } from '../../model/path.js';
import { fileOfTouch } from '../../layers/snapshot-file.js';
import type { ActionName } from '../keys/table.js';
import { historyRows } from '../rows/history.js';
import { safeText } from '../rows/safe-text.js';
import { rowCount } from '../tree/tree-rows.js';
import type { Next } from './action.js';
import { rangeOf } from './derive.js';
import { shownBeside } from './beside.js';
import { openAtCursor } from './file-page.js';
import { fold, foldAll, goLeft, goRight, goToRow, moveRows, pathAtCursor } from './files.js';
import { jump, type JumpTo } from './jump.js';
import { paneRows } from './layout.js';
import { done, prompted, refused, withRows } from './next.js';
import { openPage } from './pages.js';
import type { State } from './state.js';

/** Returns what a key does while the files have the focus. */
export function inFiles(state: State, action: ActionName): Next<State> {
  const rows = Math.max(1, paneRows(state, 'files') - 1);
  const { tree, cursor } = state;
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
    case 'open':
      return openAtCursor(state);
    case 'history': {
      const path = pathAtCursor(state);
      return path === undefined
        ? done(state)
        : done(withRows(state, 'history', `History of ${path}`, historyRows(state)));
    }
    case 'difference': {
      const path = pathAtCursor(state);
      if (path === undefined) return done(state);
      const { state: next, id } = openPage(state, 'difference', `Difference of ${path}`);
      const { from, to } = rangeOf(state);
      // Two images, or two marks, say what is compared.
      const between = shownBeside(state) !== undefined || state.marks.length === 2 ? { from } : {};
      return done(next, { do: 'stop' }, { do: 'difference', id, node: cursor, ...between, to });
    }
    case 'extract': {
      const path = pathAtCursor(state);
      if (path === undefined || tree === undefined) return done(state);
      if (tree.view.live[cursor] < 0) return done(refused(state, notThere(state)));
      return done(prompted(state, 'extract', 'extract to ', `./${safeText(basename(path))}`));
    }
    case 'copy-path': {
      const path = pathAtCursor(state);
      return path === undefined ? done(state) : done(state, { do: 'copy', text: path, what: 'path' });
    }
    case 'copy-digest':
      return copyContentDigest(state);
    default:
      return done(jumped(state, action));
  }
}

function notThere(state: State): string {
  return shownBeside(state) === undefined
    ? `not in the snapshot after layer ${state.layer}: go back one with [`
    : 'not in the second image: = leaves the difference';
}

function copyContentDigest(state: State): Next<State> {
  const { tree, cursor } = state;
  const touch = tree === undefined || cursor === 0 ? -1 : tree.view.live[cursor];
  if (tree === undefined || touch < 0) return done(state);
  const { content } = fileOfTouch(tree.facts.union, cursor, touch);
  if (content === undefined) return done(refused(state, 'it has no content to have a digest'));
  return done(state, { do: 'copy', text: content, what: 'digest of the content' });
}

function jumped(state: State, action: ActionName): State {
  const match = /^(next|previous)-(waste|removed|setuid|anomaly|changed)$/.exec(action);
  return match === null ? state : jump(state, match[2] as JumpTo, match[1] === 'previous');
}
