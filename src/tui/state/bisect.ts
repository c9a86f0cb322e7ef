import type { BisectRequest } from '../effects/bisect.js';
import type { ActionName } from '../keys/table.js';
import { bisectRows } from '../rows/bisect.js';
import type { Effect, Next } from './action.js';
import { shownBeside } from './beside.js';
import { closed } from './close-page.js';
import type { OpenBisect } from './container-pages.js';
import { withTree } from './derive.js';
import { goToLayer } from './layers.js';
import { pageRows } from './layout.js';
import { done, prompted, refused } from './next.js';
import { bodyOf, type Page, type PageBody } from './page.js';
import { openPage } from './pages.js';
import type { Prompt, State } from './state.js';

/** Whether it still goes on. */
export function isSearching({ end, stopped }: OpenBisect): boolean {
  return end === undefined && stopped.length === 0;
}

/** Returns the snapshots between which is searched: the marks, one mark and the top, or all of them. */
function bisectRange({ marks, top }: Pick<State, 'marks' | 'top'>): { low: number; high: number } {
  const ends = marks.length === 1 ? [...marks, top] : marks.length === 2 ? marks : [1, top];
  return { low: Math.min(...ends), high: Math.max(...ends) };
}

/** Returns the state that asks for the command, or says why there is nothing to search. */
export function askBisect(state: State): State {
  if (shownBeside(state) !== undefined)
    return refused(state, 'bisect searches one image: = leaves the difference');
  const { low, high } = bisectRange(state);
  if (high <= low)
    return refused(state, 'there is nothing to search between: mark two layers with m, or none');
  return prompted(state, 'bisect', `bisect ${low}..${high}, command: `, '');
}

/** Returns the prompt with the command before (or after) the one that it shows. */
export function recalled({ bisected }: State, prompt: Prompt, back: boolean): Prompt {
  const found = bisected.lastIndexOf(prompt.text);
  const draft = found < 0 ? prompt.text : (prompt.draft ?? '');
  const all = [...bisected, draft];
  const at = Math.max(0, Math.min(all.length - 1, (found < 0 ? all.length - 1 : found) + (back ? -1 : 1)));
  const text = all[at];
  return { ...prompt, text, at: Array.from(text).length, draft };
}

/** Commands that are remembered. */
const MOST_REMEMBERED = 50;

/** Returns the state with the page of a search that begins. */
export function startBisect(state: State, typed: string): Next<State> {
  const line = typed.trim();
  if (line === '') return done(state);
  const { low, high } = bisectRange(state);
  const request: BisectRequest = { low, high, line };
  const { state: next, id, page } = openPage(state, 'bisect', `Bisect ${low}..${high}`);
  const bisect: OpenBisect = {
    request,
    trials: [],
    trying: undefined,
    end: undefined,
    stopped: [],
  };
  const bisected = [...state.bisected.filter((one) => one !== line), line].slice(-MOST_REMEMBERED);
  return done(
    { ...next, bisected, page: withBisect(next, page, bisect) },
    { do: 'stop' },
    { do: 'bisect', id, request },
  );
}

/** Line of what came of it: below the command, a row for each snapshot and a blank. */
function resultLine({ trials }: OpenBisect): number {
  return trials.length + 3;
}

/** Returns the page with how far the search is; its last line, then what came of it, stays seen. */
export function withBisect(state: State, page: Page, bisect: OpenBisect, changes?: PageBody): Page {
  const head = bodyOf(bisectRows(state, bisect));
  const body: PageBody =
    changes === undefined
      ? head
      : {
          count: head.count + changes.count,
          row: (line) => (line < head.count ? head.row(line) : changes.row(line - head.count)),
          text: (line) => (line < head.count ? head.text(line) : changes.text(line - head.count)),
        };
  // While it goes on its last line is seen, then what came of it, which the files it is about follow.
  const end = isSearching(bisect) ? body.count : Math.min(head.count, resultLine(bisect) + 2);
  const top = Math.max(0, end - pageRows(state));
  return { ...page, bisect, body, top, loading: false };
}

/** Returns what a key does on the page of a search; undefined for those of any page. */
export function onBisect(
  state: State,
  page: Page,
  bisect: OpenBisect,
  action: ActionName,
): Next<State> | undefined {
  const searching = isSearching(bisect);
  const stop: Effect = { do: 'stop' };
  switch (action) {
    case 'abort':
    case 'back':
      // What it runs is ended first; the page says so then.
      return searching
        ? done({ ...state, message: { text: 'stopping …', role: 'status' } }, stop)
        : closed(state, page);
    case 'again':
      return searching ? done(refused(state, 'it still goes on: Esc stops it')) : again(state, page, bisect);
    case 'jump':
      return jump(state, bisect);
    default:
      return undefined;
  }
}

/** The command to be typed again, over the page. */
function again(state: State, _page: Page, { request }: OpenBisect): Next<State> {
  return done({ ...askBisectAs(state, request.line) });
}

function askBisectAs(state: State, text: string): State {
  const asked = askBisect(state);
  return asked.prompt === undefined
    ? asked
    : { ...asked, prompt: { ...asked.prompt, text, at: Array.from(text).length } };
}

/** Returns the state in the panes, at the layer that was found, with what it changed. */
function jump(state: State, { end }: OpenBisect): Next<State> {
  const change = end?.change;
  if (change === undefined) return done(refused(state, 'no layer was found'));
  const marks = change.skipped.length === 0 ? [] : [change.before, change.after];
  const there = goToLayer(
    { ...state, page: undefined, marks, onlyChanges: true, fromBase: false },
    change.after,
  );
  return done(withTree(there), { do: 'stop' });
}
