import type { ActionName } from '../keys/table.js';
import { helpRows } from '../rows/help.js';
import { THEME_NAMES } from '../rows/theme.js';
import { wasteRows } from '../rows/waste.js';
import type { Hidden } from '../tree/shown-rows.js';
import type { Next } from './action.js';
import { askBisect, onBisect } from './bisect.js';
import { above } from './close-page.js';
import { contextOf } from './context.js';
import { revealed, withTree } from './derive.js';
import { followTime } from './file-page.js';
import { moveInTime, timeAt, toggleMark } from './layers.js';
import { panesOf, paneRows } from './layout.js';
import { toggleTimes } from './log.js';
import { done, prompted, refused, withRows } from './next.js';
import { onContainers, openContainers } from './on-containers.js';
import { inFiles } from './on-files.js';
import { backToChanges, onChanges, stepIn } from './on-changes.js';
import type { Page } from './page.js';
import { onPage } from './pages.js';
import type { State } from './state.js';
import { shownBeside, sideOf, stackOf } from './beside.js';
import type { Beside } from './second-image.js';
import { otherSide, toggleBeside, withSide } from './beside-moves.js';

/** Returns what an action of the key table does to the state. */
export function perform(state: State, action: ActionName): Next<State> {
  if (state.stepping !== undefined && action === 'back') return done(state, { do: 'give-up' });
  if (state.page !== undefined) {
    const next = onOwnPage(state, state.page, action) ?? onPage(state, state.page, action);
    if (next !== undefined) return next;
    if (action === 'search') return { state: prompted(state, 'search', 'search ', ''), effects: [] };
  }
  if (state.page !== undefined && ON_PANES.has(action))
    return done({ ...state, message: { text: 'that is for the panes, not for this page', role: 'status' } });
  const general = everywhere(state, action);
  if (general !== undefined) return general;
  if (state.page !== undefined) return done(state);
  return state.pane === 'files' ? inFiles(state, action) : inPane(state, action);
}

/** What only the panes show: a page hides them, and nobody wants changed what is not seen. */
const ON_PANES: ReadonlySet<ActionName> = new Set([
  'next-pane',
  'previous-pane',
  'compare-layer',
  'compare-all',
  'range-all',
  'toggle-added',
  'toggle-modified',
  'toggle-removed',
  'toggle-unchanged',
  'sort',
  'attributes',
]);

/** What a key does on a page that has keys of its own. */
function onOwnPage(state: State, page: Page, action: ActionName): Next<State> | undefined {
  if (page.changes !== undefined) return onChanges(state, page, page.changes, action);
  if (page.containers !== undefined) return onContainers(state, page, page.containers, action);
  if (page.bisect !== undefined) return onBisect(state, page, page.bisect, action);
  if (page.log !== undefined && action === 'timestamps') return done({ ...state, page: toggleTimes(page) });
  return undefined;
}

function everywhere(state: State, action: ActionName): Next<State> | undefined {
  switch (action) {
    case 'help':
      return done(
        above(state, withRows(state, 'help', 'Keys', helpRows(state.keymap, contextOf(state), state.width))),
      );
    case 'quit':
      return done(state, { do: 'quit' });
    case 'back': {
      const beside = state.filter === '' ? shownBeside(state) : undefined;
      return beside !== undefined && beside.read === undefined
        ? stopSecond(state, beside)
        : done(goBack(state));
    }
    case 'next-pane':
      return done(focused(state, 1));
    case 'previous-pane':
      return done(focused(state, -1));
    case 'next-layer':
      return steppedInTime(state, 1);
    case 'previous-layer':
      return steppedInTime(state, -1);
    case 'mark':
      return shownBeside(state) === undefined
        ? done(toggleMark(state))
        : done(refused(state, 'marks are of one image: = leaves the difference'));
    case 'compare-layer':
      return done(withTree({ ...state, onlyChanges: true, fromBase: false }));
    case 'range-all':
      return done(withTree({ ...state, onlyChanges: false, fromBase: true }));
    case 'compare-all':
      return done(withTree({ ...state, onlyChanges: false, fromBase: false }));
    case 'filter':
      return state.page === undefined
        ? done(prompted(state, 'filter', '/', state.filter), { do: 'rehearse' })
        : undefined;
    case 'toggle-added':
      return done(toggled(state, 'added', 'added'));
    case 'toggle-modified':
      return done(toggled(state, 'modified', 'changed'));
    case 'toggle-removed':
      return done(toggled(state, 'removed', 'removed'));
    case 'toggle-unchanged':
      return done(toggled(state, 'same', 'unchanged'));
    case 'sort': {
      const sort = state.sort === 'size' ? 'name' : 'size';
      return done(withTree({ ...state, sort, message: { text: `sorted by ${sort}`, role: 'status' } }));
    }
    case 'attributes':
      return done({ ...state, attributes: !state.attributes });
    case 'waste-page':
      if (state.judged === undefined) return done(refused(state, 'waste: layers are still being read'));
      return done(above(state, withRows(state, 'waste', 'Waste', wasteRows(state.judged.waste))));
    case 'other-image':
      return besideFirst(state);
    case 'other-side': {
      const beside = shownBeside(state);
      return done(
        beside === undefined
          ? refused(state, 'there is one side: = shows how two images differ')
          : otherSide(state, beside),
      );
    }
    case 'theme': {
      const theme = THEME_NAMES[(THEME_NAMES.indexOf(state.theme) + 1) % THEME_NAMES.length];
      return done({ ...state, theme, message: { text: `theme: ${theme}`, role: 'status' } });
    }
    case 'redraw':
      return done(state, { do: 'redraw' });
    case 'suspend':
      return done(state, { do: 'suspend' });
    case 'shell':
      return stepIn(state);
    case 'commit':
      return backToChanges(state);
    case 'containers':
      return openContainers(state);
    case 'bisect':
      return done(askBisect(state));
    default:
      return undefined;
  }
}

/** Shows how the second image differs from the first, or the first alone again. */
function besideFirst(state: State): Next<State> {
  const { beside } = state;
  if (beside === undefined) return done(refused(state, 'there is one image: strata explore A B shows two'));
  if (state.page !== undefined) return done(state);
  if (state.loaded?.count !== state.top)
    return done(refused(state, 'not known yet: layers are still being read'));
  const next = toggleBeside(state, beside);
  return beside.shown || beside.read !== undefined ? done(next) : done(next, { do: 'beside' });
}

/** Shows the first image alone again, since the second one is not waited for. */
function stopSecond(state: State, beside: Beside): Next<State> {
  const message = { text: 'the second image is not read on: = reads it', role: 'status' } as const;
  return done({ ...toggleBeside(state, beside), message }, { do: 'stop-beside' });
}

/** Layers, details and image. */
function inPane(state: State, action: ActionName): Next<State> {
  const { pane } = state;
  const rows = Math.max(1, paneRows(state, pane) - 1);
  const steps: Readonly<Partial<Record<ActionName, number>>> = {
    up: -1,
    down: 1,
    'page-up': -rows,
    'page-down': rows,
  };
  const by = steps[action];
  if (by !== undefined) {
    if (pane === 'layers' || pane === 'beside') return followTime(state, moveInTime(state, by));
    const key = pane === 'details' ? 'detailsTop' : 'imageTop';
    return done({ ...state, [key]: Math.max(0, Math.min(state[key] + by, 500)) });
  }
  if (action === 'copy-digest') {
    const stack = stackOf(state, sideOf(state));
    const layer = stack.image.layers.at(stack.layer - 1);
    const digest = layer?.digest ?? layer?.diffID;
    return digest === undefined
      ? done(refused(state, 'the layer has no digest'))
      : done(state, { do: 'copy', text: digest, what: 'digest of the layer' });
  }
  if (action === 'first') return followTime(state, timeAt(state, 1));
  if (action === 'last') return followTime(state, timeAt(state, Infinity));
  return done(action === 'open' ? { ...state, pane: 'files' } : state);
}

/** Esc: one thing at a time. */
function goBack(state: State): State {
  if (state.filter !== '') return cleared(state);
  if (state.marks.length > 0)
    return withTree({ ...state, marks: [], message: { text: 'no marks', role: 'status' } });
  return { ...state, message: undefined };
}

/** Returns the state without a filter, the row of the cursor still seen. */
export function cleared(state: State): State {
  const { cursor } = state;
  const all = withTree({ ...state, filter: '' });
  return cursor === 0 ? all : revealed(all, cursor);
}

function focused(state: State, by: 1 | -1): State {
  const panes = panesOf(state);
  const pane = panes[(panes.indexOf(state.pane) + by + panes.length) % panes.length];
  return {
    ...withSide(state, pane),
    pane,
    detailsTop: 0,
    message: undefined,
  };
}

function toggled(state: State, what: keyof Hidden, word: string): State {
  const hide = { ...state.hide, [what]: !state.hide[what] };
  return withTree({
    ...state,
    hide,
    message: { text: `${word} files are ${hide[what] ? 'hidden' : 'shown'}`, role: 'status' },
  });
}

/** Two marks hold the files: the step is one in the list of layers only, which is said. */
function steppedInTime(state: State, by: 1 | -1): Next<State> {
  const next = followTime(state, moveInTime(state, by));
  if (state.marks.length < 2 || shownBeside(state) !== undefined || next.state.message !== undefined)
    return next;
  const message = {
    text: 'the files stay those between the marks: Esc forgets them',
    role: 'status',
  } as const;
  return { ...next, state: { ...next.state, message } };
}
