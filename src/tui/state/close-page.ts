import type { Next } from './action.js';
import type { Page } from './page.js';
import type { State } from './state.js';

/** Returns the state with what was there before the page was opened. */
export function closed(state: State, { below }: Page): Next<State> {
  return { state: { ...state, page: below }, effects: [{ do: 'stop' }] };
}
