import { SIDE_LETTERS, shownBeside } from './beside.js';
import type { Beside } from './second-image.js';
import { withTree } from './derive.js';
import { keepSeen, paneRows } from './layout.js';
import type { Pane, State } from './state.js';

/** Returns the state with the difference of the two images shown, or the first alone. */
export function toggleBeside(state: State, beside: Beside): State {
  const shown = !beside.shown;
  return withTree({
    ...state,
    beside: { ...beside, shown },
    onlyChanges: shown,
    marks: [],
    fromBase: false,
    pane:
      !shown && state.pane === 'beside' ? 'layers' : shown && state.pane === 'image' ? 'files' : state.pane,
  });
}

/** Returns the state with the second image moved in time to that layer, as far as there is one. */
export function goToBeside(state: State, beside: Beside, layer: number): State {
  const to = Math.max(Math.min(1, beside.top), Math.min(beside.top, layer));
  const layersTop = keepSeen(beside.layersTop, to - 1, paneRows(state, 'beside'), beside.top);
  const next = { ...state, beside: { ...beside, layer: to, layersTop } };
  return to === beside.layer ? next : withTree(next);
}

/** Returns the state in which the other side is moved and opened. */
export function otherSide(state: State, beside: Beside): State {
  const side = beside.side === 'first' ? 'second' : 'first';
  const pane = state.pane === 'layers' || state.pane === 'beside' ? PANE_OF[side] : state.pane;
  const text = `${SIDE_LETTERS[side]}: its layers are moved with [ ], its files are opened`;
  return { ...state, pane, beside: { ...beside, side }, message: { text, role: 'accent' } };
}

/** Returns the state in which the side is the one whose layers have the focus. */
export function withSide(state: State, pane: Pane): State {
  const beside = shownBeside(state);
  if (beside === undefined || (pane !== 'layers' && pane !== 'beside')) return state;
  return { ...state, beside: { ...beside, side: pane === 'layers' ? 'first' : 'second' } };
}

const PANE_OF = { first: 'layers', second: 'beside' } as const;
