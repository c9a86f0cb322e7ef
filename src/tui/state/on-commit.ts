import type { ActionName } from '../keys/table.js';
import type { Next } from './action.js';
import type { ChangeList, CommitForm } from './change-pages.js';
import { choiceOf, toggleEvery, toggleTick } from './commit-form.js';
import { done, prompted, refused } from './next.js';
import type { Page } from './page.js';
import type { State } from './state.js';

/** Returns what a key does while a layer is being put together; undefined for those of the list of changes. */
export function onCommit(
  state: State,
  page: Page,
  list: ChangeList,
  form: CommitForm,
  action: ActionName,
): Next<State> | undefined {
  const { done: written, writing } = form;
  const leave = (): Next<State> =>
    done({ ...state, page: { ...page, changes: { ...list, form: undefined, draft: form } } });
  if (writing)
    return action === 'back' || action === 'close' || action === 'quit'
      ? done(refused(state, 'giving it up …'), { do: 'give-up' })
      : done(refused(state, 'it is being written; Esc gives it up'));
  if (written !== undefined && CHOICES.has(action))
    return done(refused(state, 'it is written: Enter explores it, q goes back to the changes'));
  if (written !== undefined && action === 'write')
    return done(state, { do: 'quit', open: `store:${written.reference}` });
  const node = list.seen.at(list.cursor);
  const change = (next: Partial<CommitForm>): Next<State> =>
    previewed(state, page, { ...list, form: { ...form, ...next } });
  switch (action) {
    case 'tick':
      return node === undefined ? done(state) : change(toggleTick(list, form, node));
    case 'tick-all':
      return change(toggleEvery(list, form));
    case 'name':
      return done(prompted(state, 'commit-name', 'name of the image ', form.name));
    case 'message':
      return done(prompted(state, 'commit-message', 'message ', form.message));
    case 'squash':
      return change({ squash: !form.squash });
    case 'drop-caches':
      return change({ dropCaches: !form.dropCaches });
    case 'write':
      return write(state, page, list, form);
    case 'close':
    case 'back':
      return list.filter !== '' && action === 'back' ? undefined : leave();
    default:
      return undefined;
  }
}

/** What changes the layer to be; nothing does once it is written. */
const CHOICES: ReadonlySet<ActionName> = new Set([
  'tick',
  'tick-all',
  'name',
  'message',
  'squash',
  'drop-caches',
]);

function write(state: State, page: Page, list: ChangeList, form: CommitForm): Next<State> {
  const { name, preview, replaces, problem } = form;
  if (name === '') return done(prompted(state, 'commit-name', 'name of the image ', ''));
  if (preview === undefined)
    return done(refused(state, problem[0] ?? 'the layer is still being put together'));
  if (preview.number === 0) return done(refused(state, 'no change is ticked: Space takes one in, a all'));
  if (preview.taken !== undefined && replaces !== name)
    return done(
      refused(
        { ...state, page: { ...page, changes: { ...list, form: { ...form, replaces: name } } } },
        `${name} names an image already: Enter again gives the name to this one, n chooses another`,
      ),
    );
  const next = { ...form, writing: true, problem: [] };
  return done(
    { ...state, page: { ...page, changes: { ...list, form: next } } },
    { do: 'commit', id: page.id, open: list.open, choice: choiceOf(list, form) },
  );
}

/** Returns the state with a list whose layer is to be looked at before it is written. */
export function previewed(state: State, page: Page, list: ChangeList): Next<State> {
  const { form } = list;
  if (form === undefined) return done(state);
  const changes = { ...list, form: { ...form, problem: [] } };
  return done(
    { ...state, page: { ...page, changes } },
    { do: 'preview', id: page.id, open: list.open, choice: choiceOf(list, form) },
  );
}

/** Returns the state after a line of the form was typed. */
export function typedIntoForm(
  state: State,
  kind: 'commit-name' | 'commit-message',
  text: string,
): Next<State> {
  const { page } = state;
  const form = page?.changes?.form;
  if (page?.changes === undefined || form === undefined) return done(state);
  const next = kind === 'commit-name' ? { ...form, name: text.trim() } : { ...form, message: text.trim() };
  return previewed(state, page, { ...page.changes, form: next });
}
