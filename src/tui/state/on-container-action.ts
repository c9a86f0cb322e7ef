import { withBisect } from './bisect.js';
import type { ContainerAction } from './container-action.js';
import { withContainers } from './container-list.js';
import { withLog } from './log.js';
import type { Page } from './page.js';
import type { State } from './state.js';

/** Returns the state after what was heard of containers; what an older page asked for changes nothing. */
export function heard(state: State, action: ContainerAction): State {
  const { page } = state;
  if (page?.id !== action.id) return state;
  // What was being stopped has stopped.
  const message = action.type === 'bisect-stopped' ? undefined : state.message;
  return { ...state, message, page: heardBy(state, page, action) };
}

function heardBy(state: State, page: Page, action: ContainerAction): Page {
  if (action.type === 'containers') return withContainers(state, page, action.rows, action.now);
  if (action.type === 'log') return withLog(state, page, action.log);
  const { bisect } = page;
  if (bisect === undefined) return page;
  switch (action.type) {
    case 'bisect-step': {
      const { step } = action;
      return step.kind === 'trying'
        ? withBisect(state, page, { ...bisect, trying: step.n })
        : withBisect(state, page, {
            ...bisect,
            trying: undefined,
            trials: [...bisect.trials, step.trial],
          });
    }
    case 'bisect-end':
      return withBisect(state, page, { ...bisect, trying: undefined, end: action.end }, action.changes);
    case 'bisect-stopped':
      return withBisect(state, page, { ...bisect, trying: undefined, stopped: action.why });
  }
}
