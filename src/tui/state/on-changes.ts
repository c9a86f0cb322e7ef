import type { ActionName } from '../keys/table.js';
import { shownBeside } from './beside.js';
import { safeText } from '../rows/safe-text.js';
import type { Next } from './action.js';
import type { ChangeList } from './change-pages.js';
import { choose, filterList, foldEvery, nodeAt, withFold } from './change-list.js';
import { EMPTY_FORM } from './commit-form.js';
import { onCommit, previewed } from './on-commit.js';
import { changeRows, FORM_ROWS, layoutOf } from './layout.js';
import { done, prompted, refused } from './next.js';
import { openPage } from './pages.js';
import type { Page } from './page.js';
import type { Typed } from './prompt.js';
import type { State } from './state.js';

/** Returns the state with the list of a page changed. */
function withList(state: State, page: Page, changes: ChangeList): State {
  return { ...state, page: { ...page, changes } };
}

/** Returns what a key does on the page of a container's changes; undefined for those of any page. */
export function onChanges(
  state: State,
  page: Page,
  list: ChangeList,
  action: ActionName,
): Next<State> | undefined {
  const rows = changeRows(state, list.form !== undefined);
  const to = (next: ChangeList): Next<State> => done(withList(state, page, next));
  const steps: Readonly<Partial<Record<ActionName, number>>> = {
    up: -1,
    down: 1,
    'page-up': -Math.max(1, rows - 1),
    'page-down': Math.max(1, rows - 1),
    first: -list.seen.length,
    last: list.seen.length,
  };
  const by = steps[action];
  if (by !== undefined) return to(choose(list, list.cursor + by, rows));
  const own = list.form === undefined ? undefined : onCommit(state, page, list, list.form, action);
  if (own !== undefined) return own;
  const node = list.seen.at(list.cursor);
  switch (action) {
    case 'left':
      return to(goLeft(list, rows));
    case 'right':
      return node === undefined ? done(state) : to(withFold(list, node, 'open', rows));
    case 'fold':
      return node === undefined ? done(state) : to(withFold(list, node, 'other', rows));
    case 'fold-all':
      return to(foldEvery(list, true, rows));
    case 'unfold-all':
      return to(foldEvery(list, false, rows));
    case 'open':
    case 'difference':
      return openChange(state, page, list, action === 'open');
    case 'search':
      return done(prompted(state, 'changes', '/', list.filter));
    case 'commit':
      return list.form === undefined
        ? previewed(state, page, { ...list, form: list.draft ?? EMPTY_FORM })
        : done(refused(state, 'Enter writes it, q goes back'));
    case 'discard':
      return done({
        ...state,
        question: {
          text: `remove container ${list.open.name} with all that it wrote?`,
          yes: { do: 'discard', id: page.id, container: list.open.id, name: list.open.name },
        },
      });
    case 'copy-path': {
      const path = nodeAt(list)?.path;
      return path === undefined ? done(state) : done(state, { do: 'copy', text: path, what: 'path' });
    }
    case 'back':
      return list.filter === '' ? undefined : to(filterList(list, '', rows));
    case 'next-match':
    case 'previous-match':
    case 'next-form':
      return done(state);
    default:
      return undefined;
  }
}

function goLeft(list: ChangeList, rows: number): ChangeList {
  const node = list.seen.at(list.cursor);
  if (node === undefined) return list;
  const { end, parent } = list.nodes[node];
  if (end > node + 1 && !list.folded.has(node)) return withFold(list, node, 'close', rows);
  return parent < 0 ? list : choose(list, list.seen.indexOf(parent), rows);
}

/** Shows what happened to the path at the cursor; a directory above what changed is folded. */
function openChange(state: State, page: Page, list: ChangeList, orFold: boolean): Next<State> {
  const node = nodeAt(list);
  if (node === undefined) return done(state);
  const { change, path } = node;
  if (change === undefined || (orFold && node.end > list.seen[list.cursor] + 1))
    return done(
      withList(
        state,
        page,
        withFold(list, list.seen[list.cursor], 'other', changeRows(state, list.form !== undefined)),
      ),
    );
  const opened = openPage(state, 'difference', `Difference of ${safeText(path)}`);
  return done(
    { ...opened.state, page: { ...opened.page, below: page } },
    { do: 'stop' },
    { do: 'container-difference', id: opened.id, open: list.open, change },
  );
}

/** Returns the state after a click on row `y` of the screen: it chooses a change, the second one opens or ticks it. */
export function clickedChange(state: State, page: Page, list: ChangeList, y: number): Next<State> {
  const rows = changeRows(state, list.form !== undefined);
  const row = list.top + y - (layoutOf(state).body.y + 1 + (list.form === undefined ? 0 : FORM_ROWS));
  if (row < list.top || row >= list.seen.length) return done(state);
  if (row !== list.cursor) return done(withList(state, page, choose(list, row, rows)));
  return onChanges(state, page, list, list.form === undefined ? 'open' : 'tick') ?? done(state);
}

/** A shell in the snapshot of the time slider. */
export function stepIn(state: State): Next<State> {
  if (shownBeside(state)?.side === 'second')
    return done(refused(state, 'shells are of the first image: z goes to it'));
  return done(state, { do: 'shell', n: state.layer });
}

/** To what was changed last, which may be looked at and committed. */
export function backToChanges(state: State): Next<State> {
  const { stepped, page } = state;
  if (stepped === undefined)
    return done(
      refused(state, 'nothing to commit yet: s opens a shell in this snapshot, p shows containers'),
    );
  const opened = openPage(state, 'changes', `Changes of container ${stepped.name}`);
  return done(
    { ...opened.state, page: { ...opened.page, below: page } },
    { do: 'stop' },
    { do: 'changes', id: opened.id, container: stepped.id },
  );
}

/** Returns the state with only the changes that fit what is typed; all of them when that is given up. */
export function filteredChanges(state: State, { kind, prompt }: Typed): State {
  const { page } = state;
  if (page?.changes === undefined) return state;
  const filter = kind === 'cancelled' ? '' : prompt.text;
  const rows = changeRows(state, page.changes.form !== undefined);
  return withList(state, page, filterList(page.changes, filter, rows));
}

/** Returns the page with the row of the cursor seen on a screen of another size. */
export function fittedChanges(state: State, page: Page, list: ChangeList): Page {
  return { ...page, changes: choose(list, list.cursor, changeRows(state, list.form !== undefined)) };
}
