import type { ActionName } from '../keys/table.js';
import type { Effect, Next } from './action.js';
import { closed } from './close-page.js';
import { pageRows } from './layout.js';
import { FILE_FORMS, type FileForm, NO_LINES, type Page, type PageKind } from './page.js';
import { find } from './search.js';
import type { State } from './state.js';

/** Returns the state with an empty page that waits for its lines, and the number they are asked for with. */
export function openPage(
  state: State,
  kind: PageKind,
  title: string,
): { state: State; id: number; page: Page } {
  const id = state.asked + 1;
  const page: Page = {
    kind,
    id,
    title,
    body: NO_LINES,
    top: 0,
    left: 0,
    search: '',
    match: -1,
    loading: true,
    file: undefined,
  };
  return { state: { ...state, asked: id, page }, id, page };
}

/** Returns what a key of the page does; undefined for actions that are none of a page's. */
export function onPage(state: State, page: Page, action: ActionName): Next<State> | undefined {
  const rows = pageRows(state);
  const to = (top: number): Next<State> => scrollTo(state, page, top);
  const only = (next: Partial<Page>): Next<State> => ({
    state: { ...state, page: { ...page, ...next } },
    effects: [],
  });
  switch (action) {
    case 'up':
      return to(page.top - 1);
    case 'down':
      return to(page.top + 1);
    case 'page-up':
      return to(page.top - Math.max(1, rows - 1));
    case 'page-down':
      return to(page.top + Math.max(1, rows - 1));
    case 'first':
      return page.file === undefined || page.file.start === 0 ? to(0) : read(state, page, page.file.form, 0);
    case 'last':
      return page.file === undefined || page.file.end >= page.file.size || page.file.form === 'parts'
        ? to(page.body.count)
        : read(state, page, page.file.form, 'end');
    case 'left':
      return only({ left: Math.max(0, page.left - 8) });
    case 'right':
      return only({ left: page.left + 8 });
    case 'back':
      // A search that takes long is stopped before the page is left.
      if (page.loading && page.search !== '' && page.body.count > 0)
        return { ...only({ loading: false }), effects: [{ do: 'stop' }] };
      return closed(state, page);
    case 'close':
      return closed(state, page);
    case 'next-match':
      return find(state, page, page.search, page.match < 0 ? page.top - 1 : page.match, 1);
    case 'previous-match':
      return find(state, page, page.search, page.match < 0 ? page.top : page.match, -1);
    case 'next-form':
      return nextForm(state, page);
    default:
      return undefined;
  }
}

/** Scrolls to an end of what is held of a file, and when it is there, reads more of it. */
export function scrollTo(state: State, page: Page, top: number): Next<State> {
  const rows = pageRows(state);
  const { file, body } = page;
  const last = Math.max(0, body.count - rows);
  if (file !== undefined && !page.loading && file.form !== 'parts') {
    if (top > last && page.top >= last && file.end < file.size) return read(state, page, file.form, file.end);
    if (top < 0 && page.top === 0 && file.start > 0)
      return read(state, page, file.form, Math.max(0, file.start - STEP), file.start);
  }
  return {
    state: { ...state, page: { ...page, top: Math.max(0, Math.min(last, top)) } },
    effects: [],
  };
}

/** Bytes that the part before begins earlier. */
const STEP = 384 * 1024;

/** Returns the state with the page waiting for another part or form of its file. */
function read(
  state: State,
  page: Page,
  form: FileForm | undefined,
  from: number | 'end',
  near?: number,
): Next<State> {
  const { file } = page;
  if (file === undefined) return { state, effects: [] };
  const id = state.asked + 1;
  const effect: Effect = {
    do: 'read',
    id,
    node: file.node,
    touch: file.touch,
    form,
    from,
    ...(near === undefined ? {} : { near }),
  };
  return {
    state: { ...state, asked: id, page: { ...page, id, loading: true, percent: undefined } },
    effects: [effect],
  };
}

function nextForm(state: State, page: Page): Next<State> {
  const { file } = page;
  if (file === undefined || file.forms.length < 2) return { state, effects: [] };
  const at = FILE_FORMS.indexOf(file.form);
  const order = [...FILE_FORMS.slice(at + 1), ...FILE_FORMS.slice(0, at)];
  return read(state, page, order.find((form) => file.forms.includes(form)) ?? file.form, file.start);
}
