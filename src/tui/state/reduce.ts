import { showChord } from '../keys/chord.js';
import type { ActionName } from '../keys/table.js';
import type { Action, Next } from './action.js';
import { clickedPage, wheeledPage } from './page-mouse.js';
import { isOverlay } from './close-page.js';
import { contextOf } from './context.js';
import { choose, rowOf } from './container-list.js';
import { revealed, settled, withTree } from './derive.js';
import { followTime, openAtCursor } from './file-page.js';
import { fold, goToRow, isDirectory, scrollRows } from './files.js';
import { goToLayer, timeAt } from './layers.js';
import { shownBeside, sideOf, stackOf } from './beside.js';
import type { BesideRead } from './second-image.js';
import { toggleBeside, withSide } from './beside-moves.js';
import { pageRows, paneAt } from './layout.js';
import { foundAt } from './search.js';
import { perform } from './perform.js';
import { discarded, heardStep } from './heard-step.js';
import { fittedChanges } from './on-changes.js';
import { heard } from './on-container-action.js';
import { onPaste, onPrompt } from './on-prompt.js';
import { answered } from './question.js';
import { handleColumn } from '../rows/files.js';
import { extended } from '../tree/file-tree.js';
import { rowCount } from '../tree/tree-rows.js';
import type { Page } from './page.js';
import type { Loaded, Pane, State } from './state.js';

/** Rows that one notch of the mouse's wheel goes. */
const WHEEL = 3;

/** Returns the state after an action, and what is to be done outside. Pure. */
export function reduce(state: State, action: Action): Next<State> {
  return underOverlay(state, action) ?? reduceTop(state, action);
}

/** An answer to a page that an overlay lies over changes that page; undefined for every other action. */
function underOverlay(state: State, action: Action): Next<State> | undefined {
  const { page } = state;
  if (page?.below === undefined || !isOverlay(page) || !('id' in action) || action.id === undefined)
    return undefined;
  const { state: next, effects } = reduce({ ...state, page: page.below }, action);
  return { state: { ...next, page: { ...page, below: next.page } }, effects };
}

function reduceTop(state: State, action: Action): Next<State> {
  switch (action.type) {
    case 'key':
      return onKey(state, action.chord, action.text);
    case 'paste':
      return onPaste(state, action.text);
    case 'do':
      return perform(state, action.action);
    case 'click':
      return onClick(state, action.x, action.y);
    case 'wheel':
      return onWheel(state, action.x, action.y, action.down ? WHEEL : -WHEEL);
    case 'resize':
      return only(resized(state, action.width, action.height));
    case 'loading':
      return only({ ...state, loading: action.loading });
    case 'unloaded': {
      const { problem } = action;
      const message = { text: problem[0], role: 'error' } as const;
      return only({ ...state, message, loading: undefined, failed: problem });
    }
    case 'loaded':
      return only(loaded(state, action.loaded));
    case 'judged':
      return only(withTree({ ...state, judged: action.judged }));
    case 'beside':
      return only(besideRead(state, action.read));
    case 'message':
      return only({ ...state, message: action.message });
    case 'filled':
      return only(filled(state, action));
    case 'progress':
      return only(
        state.page?.id === action.id && state.page.loading
          ? { ...state, page: { ...state.page, percent: action.percent } }
          : state,
      );
    case 'searched':
      return only(
        state.page?.id === action.id
          ? { ...state, page: { ...state.page, loading: false, match: -1 }, message: action.message }
          : state,
      );
    case 'stepping':
    case 'changes':
    case 'unread':
    case 'previewed':
    case 'uncommitted':
    case 'committed':
      return only(heardStep(state, action));
    case 'discarded':
      return discarded(state, action);
    case 'containers':
    case 'log':
    case 'bisect-step':
    case 'bisect-end':
    case 'bisect-stopped':
      return only(heard(state, action));
  }
}

const only = (state: State): Next<State> => ({ state, effects: [] });

function onKey(state: State, chord: string, text: string | undefined): Next<State> {
  const row = state.keymap.find(contextOf(state), chord);
  // Not a letter, which is typed.
  if (row?.action === 'suspend' && chord.length > 1) return perform(state, 'suspend');
  if (state.question !== undefined) return answered(state, state.question, chord);
  if (state.prompt !== undefined) return onPrompt(state, state.prompt, chord, text);
  if (row === undefined) return only(withoutMeaning(state, chord));
  return perform({ ...state, message: undefined }, row.action as ActionName);
}

/** Whoever presses a key that does nothing learns that, and where the others are. */
function withoutMeaning(state: State, chord: string): State {
  const help = state.keymap.rows.find(({ action }) => action === 'help')?.chords.at(0);
  const others = help === undefined ? '' : `: ${showChord(help)} shows the keys`;
  return { ...state, message: { text: `${showChord(chord)} does nothing here${others}`, role: 'status' } };
}

function onClick(state: State, x: number, y: number): Next<State> {
  if (state.prompt !== undefined || state.question !== undefined) return only(state);
  if (state.page !== undefined) return clickedPage(state, state.page, y);
  const at = paneAt(state, x, y);
  if (at === undefined) return only(state);
  const next: State = { ...withSide(state, at.pane), pane: at.pane, message: undefined };
  if (at.row < 0) return only(next);
  if (at.pane === 'layers' || at.pane === 'beside') {
    const { layersTop, top } = stackOf(next, sideOf(next));
    const layer = layersTop + at.row + 1;
    return layer > top ? only(next) : followTime(next, timeAt(next, layer));
  }
  if (at.pane !== 'files' || state.tree === undefined) return only(next);
  const row = state.filesTop + at.row;
  if (row >= rowCount(state.tree)) return only(next);
  const there = goToRow(next, row);
  const isFolder = isDirectory(state.tree, there.cursor);
  const handle = handleColumn(state, state.tree, there.cursor, at.width);
  if (isFolder && at.column === handle) return only(fold(there, 'other'));
  // The second click on a row opens it.
  if (state.pane !== 'files' || there.cursor !== state.cursor) return only(there);
  return isFolder ? only(fold(there, 'other')) : openAtCursor(there);
}

function onWheel(state: State, x: number, y: number, by: number): Next<State> {
  if (state.page !== undefined) return wheeledPage(state, state.page, by);
  const pane: Pane = paneAt(state, x, y)?.pane ?? state.pane;
  if (pane === 'files') return only(scrollRows(state, by));
  if (pane === 'layers') {
    const last = Math.max(0, state.top - 1);
    return only({ ...state, layersTop: Math.max(0, Math.min(last, state.layersTop + by)) });
  }
  if (pane === 'beside') {
    const beside = shownBeside(state);
    if (beside === undefined) return only(state);
    const layersTop = Math.max(0, Math.min(beside.top - 1, beside.layersTop + by));
    return only({ ...state, beside: { ...beside, layersTop } });
  }
  const key = pane === 'details' ? 'detailsTop' : 'imageTop';
  return only({ ...state, [key]: Math.max(0, state[key] + by) });
}

/** The path under the cursor stays: it is what the state knows, not a row. */
function resized(state: State, width: number, height: number): State {
  const next = settled({ ...state, width, height });
  const { page } = next;
  if (page === undefined) return goToLayer(next, next.layer);
  return { ...next, page: fitted(next, page) };
}

/** The page and those below it on a screen of this size. */
function fitted(state: State, whole: Page): Page {
  const { containers, changes, body, below } = whole;
  const page = below === undefined ? whole : { ...whole, below: fitted(state, below) };
  if (changes !== undefined) return fittedChanges(state, page, changes);
  if (containers !== undefined) return { ...page, containers: choose(state, containers, rowOf(containers)) };
  return { ...page, top: Math.max(0, Math.min(page.top, body.count - pageRows(state))) };
}

function loaded(state: State, more: Loaded): State {
  const { count } = more.forest.union.paths;
  const open = new Uint8Array(count).fill(state.unfolded ? 1 : 0);
  open.set(state.open.subarray(0, Math.min(count, state.open.length)));
  const next = withTree({ ...state, loaded: more, open });
  return state.tree === undefined || state.cursor === 0 || state.filter !== ''
    ? next
    : revealed(next, next.cursor);
}

function filled(state: State, action: Extract<Action, { type: 'filled' }>): State {
  const { page } = state;
  const { id, body, title, file, line, found } = action;
  if (page?.id !== id) return state;
  const rows = pageRows(state);
  const top = Math.max(0, Math.min(line ?? page.top, body.count - rows));
  const next: Page = {
    ...page,
    body,
    title: title ?? page.title,
    file,
    loading: false,
    percent: undefined,
    top,
    match: -1,
  };
  if (found === undefined || line === undefined) return { ...state, page: next };
  // Another part of the file: what was seen says nothing about where the line is in it.
  return { ...foundAt(state, { ...next, top: body.count }, found, line), message: action.message };
}

/** Without anything read the first image stays alone. */
function besideRead(state: State, read: BesideRead | undefined): State {
  const { beside } = state;
  if (beside === undefined) return state;
  if (read === undefined) return beside.shown ? toggleBeside(state, beside) : state;
  // Once, so that a step in time finds the same array and moves rows instead of counting them.
  const open = extended(state.open, read.forest.union.paths.count);
  return withTree({ ...state, open, beside: { ...beside, read } });
}
