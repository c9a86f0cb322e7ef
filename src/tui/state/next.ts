import type { Row } from '../rows/segment.js';
import type { Effect, Next } from './action.js';
import { bodyOf, type PageKind } from './page.js';
import { openPage } from './pages.js';
import type { Prompt, State } from './state.js';

/** Returns the state with what is to be done for it. */
export function done(state: State, ...effects: Effect[]): Next<State> {
  return { state, effects };
}

/** Returns the state with why something cannot be done in the status line. */
export function refused(state: State, text: string): State {
  return { ...state, message: { text, role: 'warning' } };
}

/** Returns the state with a line to be typed, which begins as `text`. */
export function prompted(state: State, kind: Prompt['kind'], label: string, text: string): State {
  return {
    ...state,
    message: undefined,
    prompt: { kind, label, text, at: Array.from(text).length, before: text },
  };
}

/** Returns the state with a page of rows that are there already. */
export function withRows(state: State, kind: PageKind, title: string, rows: readonly Row[]): State {
  const { state: next, page } = openPage(state, kind, title);
  return { ...next, page: { ...page, loading: false, body: bodyOf(rows) } };
}
