import { seg } from '../rows/segment.js';
import { safeText } from '../rows/safe-text.js';
import { changeList } from './change-list.js';
import type { CommitForm } from './change-pages.js';
import type { Next } from './action.js';
import { closed } from './close-page.js';
import { done } from './next.js';
import { bodyOf, type Page } from './page.js';
import { openPage } from './pages.js';
import type { State } from './state.js';
import type { StepAction } from './step-action.js';

/** Returns the state after something was heard of stepping in. */
export function heardStep(state: State, action: Exclude<StepAction, { type: 'discarded' }>): State {
  const { page } = state;
  if (action.type === 'stepping') return { ...state, stepping: action.text };
  if (action.type === 'changes') {
    const { open, id } = action;
    const title = `Changes of container ${open.name}`;
    const stepped = { id: open.id, name: open.name };
    if (id !== undefined)
      return page?.id === id
        ? { ...state, stepped, page: { ...page, title, loading: false, changes: changeList(open) } }
        : state;
    const opened = openPage(state, 'changes', title);
    return {
      ...opened.state,
      stepped,
      page: { ...opened.page, loading: false, changes: changeList(open), below: page },
    };
  }
  if (page?.id !== action.id) return state;
  switch (action.type) {
    case 'unread': {
      const rows = action.problem.map((line, i) => [seg(safeText(line), i === 0 ? 'error' : 'dim')]);
      return { ...state, page: { ...page, loading: false, body: bodyOf(rows) } };
    }
    case 'previewed':
      return withForm(state, page, () => ({ preview: action.preview }));
    case 'uncommitted':
      return withForm(state, page, (form) => ({
        problem: action.problem,
        writing: false,
        // What could not be written once may be tried again; what could not be put together may not.
        preview: form.writing ? form.preview : undefined,
      }));
    case 'committed':
      return {
        ...withForm(state, page, () => ({ done: action.done, writing: false })),
        message: { text: `${action.done.reference} is written: Enter explores it`, role: 'added' },
      };
  }
}

/** Returns the state after a container was removed: without its page, if that is still there. */
export function discarded(
  state: State,
  { id, name }: Extract<StepAction, { type: 'discarded' }>,
): Next<State> {
  const next: State = {
    ...state,
    stepped: state.stepped?.name === name ? undefined : state.stepped,
    message: { text: `container ${name} was removed`, role: 'added' },
  };
  return state.page?.id === id ? closed(next, state.page) : done(next);
}

function withForm(state: State, page: Page, more: (form: CommitForm) => Partial<CommitForm>): State {
  const { changes } = page;
  if (changes?.form === undefined) return state;
  return {
    ...state,
    page: { ...page, changes: { ...changes, form: { ...changes.form, ...more(changes.form) } } },
  };
}
