import { rm } from 'node:fs/promises';
import { withLock } from '../../store/lock.js';
import { pauseContainer, resumeContainer } from '../engine/engine.js';
import { markPause, pauseMarks } from './pause-mark.js';
import type { ContainerRecord } from './record.js';
import { type ContainerPlace, engineOf, folderOf, stateOf } from './state.js';

/**
 * Returns what `read` gives, a running container standing still meanwhile; it goes on afterwards, whatever came of it, and
 * when the last of those is done who let it stand still at the same time. One that the user let stand still does so
 * afterwards too. When this process is killed, the next one that asks for the container's state lets it go on. One that
 * cannot be paused goes on, which `log` is told. Throws E_ENGINE, E_LOCKED and what `read` throws.
 */
export async function whilePaused<T>(
  place: ContainerPlace,
  record: ContainerRecord,
  pause: boolean,
  read: () => Promise<T>,
  log?: { info(note: string): void },
): Promise<T> {
  if (!pause) return read();
  if (record.engine.cgroups === 'none') {
    if ((await stateOf(place, record)).status === 'running')
      log?.info(`${record.name} runs on meanwhile: without a control group of its own it cannot be paused`);
    return read();
  }
  const mark = await locked(place, record, () => enter(place, record));
  if (mark === undefined) return read();
  try {
    return await read();
  } finally {
    await locked(place, record, () => leave(place, record, mark));
  }
}

/** Returns the mark of this process; undefined when the container does not run, or the user let it stand still. */
async function enter(place: ContainerPlace, record: ContainerRecord): Promise<string | undefined> {
  const { store } = place;
  const folder = folderOf(place, record);
  const { status } = await stateOf(place, record);
  if (status === 'paused')
    return (await pauseMarks(store, folder)).length > 0 ? markPause(store, folder) : undefined;
  if (status !== 'running') return undefined;
  const mark = await markPause(store, folder);
  try {
    await pauseContainer(engineOf(place, record), record.id);
    return mark;
  } catch (thrown) {
    await rm(mark, { force: true });
    // It may have ended just now.
    if ((await stateOf(place, record)).status === 'running') throw thrown;
    return undefined;
  }
}

async function leave(place: ContainerPlace, record: ContainerRecord, mark: string): Promise<void> {
  const others = (await pauseMarks(place.store, folderOf(place, record))).filter(
    ({ file, living }) => living && file !== mark,
  );
  // The mark stays when it does not go on: the next one that asks for its state tries again.
  if (others.length === 0) await resume(place, record);
  await rm(mark, { force: true });
}

/** A runtime that is killed, or that found the container busy, is asked once more. */
async function resume(place: ContainerPlace, record: ContainerRecord): Promise<void> {
  for (let again = true; ; again = false)
    try {
      await resumeContainer(engineOf(place, record), record.id);
      return;
    } catch (thrown) {
      // It was killed, or the user let it go on.
      if ((await stateOf(place, record)).status !== 'paused') return;
      if (!again) throw thrown;
    }
}

/** Only for as long as it takes to pause or resume. */
function locked<T>(place: ContainerPlace, { id }: ContainerRecord, deed: () => Promise<T>): Promise<T> {
  return withLock(place.store, `pause-${id.slice(0, 12)}`, deed);
}
