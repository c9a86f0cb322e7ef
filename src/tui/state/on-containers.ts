import type { ContainerRow } from '../../report/containers.js';
import type { ContainerDeed, ContainerVisit } from '../effects/containers.js';
import type { ActionName } from '../keys/table.js';
import type { Next } from './action.js';
import { choose, chosenContainer, isAlive, listRows, NO_CONTAINERS, rowOf } from './container-list.js';
import type { ContainerList } from './container-pages.js';
import { done, refused } from './next.js';
import { openPage } from './pages.js';
import type { Page } from './page.js';
import type { State } from './state.js';

/** Returns the state with the page of the containers, which is kept true while it is open. */
export function openContainers(state: State): Next<State> {
  const { state: next, id, page } = openPage(state, 'containers', 'Containers');
  return done(
    { ...next, page: { ...page, containers: NO_CONTAINERS } },
    { do: 'stop' },
    { do: 'watch-containers', id },
  );
}

/** Returns what a key does on the page of the containers; undefined for those of any page. */
export function onContainers(
  state: State,
  page: Page,
  list: ContainerList,
  action: ActionName,
): Next<State> | undefined {
  const rows = listRows(state);
  const steps: Readonly<Partial<Record<ActionName, number>>> = {
    up: -1,
    down: 1,
    'page-up': -rows,
    'page-down': rows,
    first: -list.rows.length,
    last: list.rows.length,
  };
  const by = steps[action];
  if (by !== undefined) {
    const at = Math.max(0, Math.min(list.rows.length - 1, rowOf(list) + by));
    return done({ ...state, page: { ...page, containers: choose(state, list, at) } });
  }
  const chosen = chosenContainer(list);
  const deed = deedOf(action, chosen);
  if (deed === undefined) return OTHER_PAGES.has(action) ? done(state) : undefined;
  if (chosen === undefined) return done(refused(state, 'there is no container'));
  return deed(state, page, chosen);
}

/** Keys of other pages that mean nothing here. */
const OTHER_PAGES: ReadonlySet<ActionName> = new Set(['search', 'next-match', 'previous-match', 'next-form']);

type Deed = (state: State, page: Page, container: ContainerRow) => Next<State>;

function deedOf(action: ActionName, chosen: ContainerRow | undefined): Deed | undefined {
  switch (action) {
    case 'logs':
      return openLog;
    case 'changes':
      return openChanges;
    case 'exec':
      return visit('exec');
    case 'attach':
      return visit('attach');
    case 'stop':
      return act('stop', 'stopping');
    case 'kill':
      return act('kill', 'killing');
    case 'pause':
      return chosen?.status === 'paused' ? act('unpause', 'continuing') : act('pause', 'pausing');
    case 'start':
      return act('start', 'starting');
    case 'remove':
      return askRemove;
    default:
      return undefined;
  }
}

function openLog(state: State, page: Page, { id: container, name }: ContainerRow): Next<State> {
  const { state: next, id, page: opened } = openPage(state, 'log', `Log of ${name}`);
  return done(
    { ...next, page: { ...opened, below: page } },
    { do: 'stop' },
    { do: 'follow-log', id, container },
  );
}

function openChanges(state: State, page: Page, { id: container, name }: ContainerRow): Next<State> {
  const { state: next, id, page: opened } = openPage(state, 'changes', `Changes of container ${name}`);
  return done(
    { ...next, page: { ...opened, below: page } },
    { do: 'stop' },
    { do: 'changes', id, container },
  );
}

function act(deed: ContainerDeed, words: string): Deed {
  return (state, _page, container) => {
    const { id, name } = container;
    if (isAlive(container) === (deed === 'start'))
      return done(
        refused(state, `${name} ${deed === 'start' ? 'runs already' : 'does not run: R starts it'}`),
      );
    return done(
      { ...state, message: { text: `${words} ${name} …`, role: 'status' } },
      { do: 'act', container: id, name, deed, force: false },
    );
  };
}

function visit(how: ContainerVisit): Deed {
  return (state, _page, container) => {
    const { id, name, status } = container;
    if (status !== 'running')
      return done(
        refused(
          state,
          `${name} ${status === 'paused' ? 'is paused: P lets it go on' : 'does not run: R starts it'}`,
        ),
      );
    return done(state, { do: 'visit', container: id, name, visit: how });
  };
}

function askRemove(state: State, _page: Page, container: ContainerRow): Next<State> {
  const { id, name } = container;
  const runs = isAlive(container);
  return done({
    ...state,
    question: {
      text: `${runs ? `${name} runs: kill it and remove` : `remove ${name} with`} all that it wrote?`,
      yes: { do: 'act', container: id, name, deed: 'remove', force: runs },
    },
  });
}
