import { shownBeside, sideOf, stackOf } from './beside.js';
import { goToBeside } from './beside-moves.js';
import { rangeOf, withTree } from './derive.js';
import { keepSeen, paneRows } from './layout.js';
import type { State } from './state.js';

/** Returns the state moved in time to that layer, as far as there is one. */
export function goToLayer(state: State, layer: number): State {
  const to = Math.max(Math.min(1, state.top), Math.min(state.top, layer));
  const layersTop = keepSeen(state.layersTop, to - 1, paneRows(state, 'layers'), state.top);
  if (to === state.layer) return { ...state, layersTop };
  return withTree({
    ...state,
    layer: to,
    layersTop,
    detailsTop: state.pane === 'files' ? state.detailsTop : 0,
  });
}

/** Returns the state with the side that the keys of time move `by` layers further. */
export function moveInTime(state: State, by: number): State {
  return timeAt(state, stackOf(state, sideOf(state)).layer + by);
}

/** Returns the state with the side that the keys of time move at that layer. */
export function timeAt(state: State, layer: number): State {
  const beside = shownBeside(state);
  return beside?.side === 'second' ? goToBeside(state, beside, layer) : goToLayer(state, layer);
}

/** Returns the state with this layer marked, or its mark taken away; two marks are a range. */
export function toggleMark(state: State): State {
  const { layer, marks } = state;
  const others = marks.filter((mark) => mark !== layer);
  const marked = others.length < marks.length ? others : [...marks, layer].slice(-2);
  const next = withTree({ ...state, marks: marked });
  if (marked.length < 2)
    return {
      ...next,
      message: {
        text: marked.length === 0 ? 'no marks' : `layer ${marked[0]} marked; mark another one to compare`,
        role: 'status',
      },
    };
  const { from, to } = rangeOf(next);
  return {
    ...next,
    message: { text: `what changed from layer ${from} to layer ${to}; Esc ends it`, role: 'accent' },
  };
}
