import type { Effect, Next } from './action.js';
import type { Page, PageKind } from './page.js';
import type { State } from './state.js';

/** Pages that read nothing: what the page below them waits for goes on. */
const OVERLAYS: ReadonlySet<PageKind> = new Set(['help', 'waste']);

/** Whether the page lies over another one that goes on. */
export function isOverlay({ kind }: Page): boolean {
  return OVERLAYS.has(kind);
}

/** Returns the state with the overlay that is its page above the page of before; of its kind there is one. */
export function above({ page: below }: State, next: State): State {
  if (below === undefined || next.page === undefined) return next;
  return { ...next, page: { ...next.page, below: below.kind === next.page.kind ? below.below : below } };
}

/** Returns the state with what was there before the page was opened. */
export function closed(state: State, page: Page): Next<State> {
  const { below } = page;
  if (isOverlay(page)) return { state: { ...state, page: below }, effects: [] };
  const again: Effect[] = below?.containers === undefined ? [] : [{ do: 'watch-containers', id: below.id }];
  return { state: { ...state, page: below }, effects: [{ do: 'stop' }, ...again] };
}
