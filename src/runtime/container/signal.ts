import { fail } from '../../model/error.js';
import { killContainer, pauseContainer, resumeContainer } from '../engine/engine.js';
import { endContainer } from './end.js';
import { withContainerLock } from './lock.js';
import type { ContainerRecord } from './record.js';
import { type ContainerPlace, engineOf, isAlive, stateOf } from './state.js';
import { waitForEnd } from './wait.js';

/** Milliseconds in which a container is gone after SIGKILL. */
const KILLED = 30_000;
const SIGKILL = 9;

/**
 * Sends a signal, by its number, to the first process; a paused container goes on, so that it can act on it. Throws
 * E_NOT_RUNNING when the container does not run, E_ENGINE.
 */
export async function signalContainer(
  place: ContainerPlace,
  record: ContainerRecord,
  signal: number,
): Promise<void> {
  if (!(await sendSignal(place, record, signal)))
    fail('E_NOT_RUNNING', `signalling container ${record.name}: it does not run`, {
      hint: `start it: strata start ${record.name}`,
    });
}

/** Returns false when the container has no process. */
async function sendSignal(place: ContainerPlace, record: ContainerRecord, signal: number): Promise<boolean> {
  const state = await stateOf(place, record);
  if (!isAlive(state)) return false;
  const engine = engineOf(place, record);
  try {
    await killContainer(engine, record.id, signal);
    if (state.status === 'paused') await resumeContainer(engine, record.id);
  } catch (thrown) {
    // It may have ended just now, or gone on.
    const now = await stateOf(place, record);
    if (!isAlive(now)) return state.status === 'paused';
    if (now.status === state.status) throw thrown;
  }
  return true;
}

export interface StopOptions {
  /** Number of the signal; undefined: the container's own. */
  readonly signal?: number | undefined;
  /** Seconds before it is killed; negative: never. */
  readonly seconds: number;
  readonly abort?: AbortSignal | undefined;
}

/**
 * Asks a container to end, and kills it when it does not; one that was made and never started has nobody to ask and is ended.
 * One that has ended stays so. Throws E_ENGINE, E_LOCKED.
 */
export async function stopContainer(
  place: ContainerPlace,
  record: ContainerRecord,
  { signal = record.stopSignal, seconds, abort }: StopOptions,
): Promise<void> {
  if ((await stateOf(place, record)).status === 'created') await endCreated(place, record);
  if (!(await sendSignal(place, record, signal))) return;
  const timeout = seconds < 0 ? undefined : seconds * 1000;
  if ((await waitForEnd(place, record, { timeout, signal: abort })).ended) return;
  if (!(await sendSignal(place, record, SIGKILL))) return;
  if (!(await waitForEnd(place, record, { timeout: KILLED })).ended)
    fail('E_ENGINE', `stopping container ${record.name}: it was killed and did not end`);
}

/** Whoever makes or starts it holds the lock: afterwards it runs, or nobody will ever start it. */
function endCreated(place: ContainerPlace, record: ContainerRecord): Promise<void> {
  return withContainerLock(place.store, record.id, async () => {
    if ((await stateOf(place, record)).status === 'created') await endContainer(place, record);
  });
}

/** Lets every process of a running container stand still. Throws E_NOT_RUNNING, E_ENGINE. */
export async function pauseRunning(place: ContainerPlace, record: ContainerRecord): Promise<void> {
  const { status } = await stateOf(place, record);
  if (status !== 'running')
    fail(
      'E_NOT_RUNNING',
      `pausing container ${record.name}: it ${status === 'paused' ? 'is already' : 'does not run'}`,
    );
  await pauseContainer(engineOf(place, record), record.id);
}

/** Lets a paused container go on. Throws E_RUNNING, E_NOT_RUNNING, E_ENGINE. */
export async function resumePaused(place: ContainerPlace, record: ContainerRecord): Promise<void> {
  const { status } = await stateOf(place, record);
  if (status !== 'paused')
    fail(
      status === 'running' ? 'E_RUNNING' : 'E_NOT_RUNNING',
      `unpausing container ${record.name}: it is not paused`,
    );
  await resumeContainer(engineOf(place, record), record.id);
}
