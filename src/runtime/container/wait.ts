import { setTimeout as sleep } from 'node:timers/promises';
import { monotonic } from '../../io/monotonic.js';
import { monitorPid } from '../monitor/monitor-process.js';
import { type ContainerExit, readExit } from './exit.js';
import { type ExitWatch, watchExit } from './exit-watch.js';
import type { ContainerRecord } from './record.js';
import {
  type AliveState,
  type ContainerPlace,
  type ContainerState,
  folderOf,
  isAlive,
  stateOf,
} from './state.js';

/** What came of waiting: `exit` is undefined when nobody saw the end, or when it was `never` started. */
export type Waited =
  | { readonly ended: true; readonly exit: ContainerExit | undefined; readonly never: boolean }
  | { readonly ended: false };

export interface WaitOptions {
  /** Milliseconds; undefined waits as long as it takes. */
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds between two looks at a container that conmon watches over, and at one that nobody does. */
const LOOK = 25;
const LOOK_UNWATCHED = 200;

/** Waits until a container has no process; one that has none now has ended. Throws what the signal was raised with. */
export async function waitForEnd(
  place: ContainerPlace,
  record: ContainerRecord,
  options: WaitOptions = {},
): Promise<Waited> {
  const watch = watchExit(folderOf(place, record));
  try {
    const state = await stateOf(place, record);
    if (!isAlive(state)) return endedAs(state);
    return await watchEnd(place, record, watch, options);
  } finally {
    watch.close();
  }
}

async function watchEnd(
  place: ContainerPlace,
  record: ContainerRecord,
  watch: ExitWatch,
  { timeout = Infinity, signal }: WaitOptions,
): Promise<Waited> {
  const folder = folderOf(place, record);
  const deadline = monotonic() + timeout;
  for (;;) {
    const status = watch.status();
    if (status !== undefined) {
      const exit = await readExit(place.store, folder);
      return {
        ended: true,
        exit: exit ?? { status, finished: new Date().toISOString(), oom: false },
        never: false,
      };
    }
    const watched = (await monitorPid(folder)) !== undefined;
    if (!watched) {
      const state = await stateOf(place, record);
      if (!isAlive(state)) return endedAs(state);
    }
    if (monotonic() >= deadline) return { ended: false };
    signal?.throwIfAborted();
    await sleep(watched ? LOOK : LOOK_UNWATCHED);
  }
}

function endedAs(state: Exclude<ContainerState, AliveState>): Waited {
  return state.status === 'exited'
    ? { ended: true, exit: state.exit, never: false }
    : { ended: true, exit: undefined, never: true };
}
