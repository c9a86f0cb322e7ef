import type { Next } from './action.js';
import { pageRows } from './layout.js';
import type { Page, PageBody } from './page.js';
import type { State } from './state.js';
import { wantedBytes } from './wanted.js';

/**
 * Returns the state with the next line that has the text, smart about case, from behind `line` in a direction. When what
 * is held of a file has none, all of it is read through; what is there already begins again at its other end.
 */
export function find(state: State, page: Page, text: string, line: number, step: 1 | -1): Next<State> {
  if (text === '') return { state, effects: [] };
  const { body, file } = page;
  const at = nextFit(body, text, line, step);
  if (at >= 0) return { state: foundAt(state, page, text, at), effects: [] };
  if (file !== undefined && file.form !== 'parts' && (file.start > 0 || file.end < file.size)) {
    const id = state.asked + 1;
    const { node, touch, form } = file;
    // A run may begin in what is held and end behind it.
    const behind = Math.max(file.start, file.end - wantedBytes(text, form === 'hex').longest + 1);
    const from = step > 0 ? behind : file.start;
    return {
      state: {
        ...state,
        asked: id,
        page: { ...page, id, search: text, loading: true },
        message: { text: SEARCHING, role: 'status' },
      },
      effects: [{ do: 'stop' }, { do: 'search', id, node, touch, form, text, from, back: step < 0 }],
    };
  }
  const again = nextFit(body, text, step > 0 ? -1 : body.count, step);
  if (again < 0)
    return {
      state: { ...state, page: { ...page, search: text, match: -1 }, message: notFound(text) },
      effects: [],
    };
  return {
    state: { ...foundAt(state, page, text, again), message: { text: againText(step < 0), role: 'status' } },
    effects: [],
  };
}

const SEARCHING = 'searching …  Esc stops';

/** What tells that a search went round. */
export function againText(back: boolean): string {
  return back ? 'from the end again' : 'from the beginning again';
}

export function notFound(text: string): NonNullable<State['message']> {
  return { text: `not found: ${JSON.stringify(text).slice(1, -1)}`, role: 'warning' };
}

/** The next line behind `line` that has the text; -1 when there is none up to the end. */
function nextFit(body: PageBody, search: string, line: number, step: 1 | -1): number {
  const ignoreCase = !/[A-Z]/.test(search);
  const wanted = ignoreCase ? search.toLowerCase() : search;
  const fits =
    body.finder?.(search) ??
    ((at: number): boolean => {
      const text = body.text(at);
      return (ignoreCase ? text.toLowerCase() : text).includes(wanted);
    });
  for (let at = line + step; at >= 0 && at < body.count; at += step) if (fits(at)) return at;
  return -1;
}

/** Columns that are seen before what was found, when it is far to the right. */
const BEFORE = 20;

/** Returns the state with the line found and seen, and the text in it. */
export function foundAt(state: State, page: Page, search: string, at: number): State {
  const rows = pageRows(state);
  const last = Math.max(0, page.body.count - rows);
  const seen = at >= page.top && at < page.top + rows;
  const top = seen ? page.top : Math.max(0, Math.min(last, at - Math.floor(rows / 3)));
  const column = page.body.text(at).toLowerCase().indexOf(search.toLowerCase());
  const hidden =
    column >= 0 && (column < page.left || column + search.length > page.left + state.width - BEFORE);
  const left = hidden ? Math.max(0, column - BEFORE) : page.left;
  return { ...state, page: { ...page, search, match: at, top, left } };
}
