import type { Next } from './action.js';
import { choose, LIST_HEAD, rowOf } from './container-list.js';
import { layoutOf } from './layout.js';
import { done } from './next.js';
import { clickedChange, onChanges } from './on-changes.js';
import { onContainers } from './on-containers.js';
import type { Page } from './page.js';
import { scrollTo } from './pages.js';
import type { State } from './state.js';

/** Returns the state after a click on row `y` of the screen: it chooses a container, the second one opens its log. */
export function clickedPage(state: State, page: Page, y: number): Next<State> {
  const { containers: list, changes } = page;
  if (changes !== undefined) return clickedChange(state, page, changes, y);
  if (list === undefined) return done(state);
  const row = list.top + y - layoutOf(state).body.y - 1 - LIST_HEAD;
  if (row < list.top || row >= list.rows.length) return done(state);
  if (row === rowOf(list)) return onContainers(state, page, list, 'logs') ?? done(state);
  return done({ ...state, page: { ...page, containers: choose(state, list, row) } });
}

/** Returns the state after a turn of the wheel. */
export function wheeledPage(state: State, page: Page, by: number): Next<State> {
  const { containers: list, changes } = page;
  if (changes !== undefined) return onChanges(state, page, changes, by < 0 ? 'up' : 'down') ?? done(state);
  if (list === undefined) return scrollTo(state, page, page.top + by);
  const at = Math.max(0, Math.min(list.rows.length - 1, rowOf(list) + Math.sign(by)));
  return done({ ...state, page: { ...page, containers: choose(state, list, at) } });
}
