import type { Effect, Next } from './action.js';
import type { Page } from './page.js';
import type { State } from './state.js';

/** Returns the state with what was there before the page was opened. */
export function closed(state: State, { below }: Page): Next<State> {
  const again: Effect[] = below?.containers === undefined ? [] : [{ do: 'watch-containers', id: below.id }];
  return { state: { ...state, page: below }, effects: [{ do: 'stop' }, ...again] };
}
