import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fail } from '../../model/error.js';
import { deleteContainer } from '../engine/engine.js';
import { monitorPid } from '../monitor/monitor-process.js';
import { removeFolder } from './containers.js';
import { withContainerLock } from './lock.js';
import type { ContainerRecord } from './record.js';
import { type ContainerPlace, engineOf, folderOf, isAlive, isKnown, stateOf } from './state.js';

/** Milliseconds in which conmon ends after the container has. */
const PATIENCE = 5000;

/**
 * Removes a container and all that it wrote; with `force` also one that runs or is paused. One that is started or removed
 * just now is waited for. Throws E_NOT_FOUND when it was removed meanwhile, E_USAGE, E_ENGINE, E_UNWRITABLE, E_LOCKED.
 */
export function removeContainer(
  place: ContainerPlace,
  record: ContainerRecord,
  force: boolean,
): Promise<void> {
  const folder = folderOf(place, record);
  return withContainerLock(place.store, record.id, async () => {
    if (!existsSync(folder.record))
      fail('E_NOT_FOUND', `removing container ${record.name}: it was removed already`);
    const state = await stateOf(place, record);
    if (isAlive(state) && !force)
      fail('E_USAGE', `removing container ${record.name}: it is ${state.status}`, {
        hint: `end it first, or kill and remove it: strata rm --force ${record.name}`,
      });
    await endAll(place, record);
    await removeFolder(place.store, folder);
  });
}

/**
 * Ends what runs, and waits for conmon, which would write the exit status into folders that are gone. A conmon that is just
 * creating the container has it known to the runtime only later; one that does not end is killed.
 */
async function endAll(place: ContainerPlace, record: ContainerRecord): Promise<void> {
  const folder = folderOf(place, record);
  const engine = engineOf(place, record);
  for (let waited = 0; ; waited += 10) {
    // Where it knows none crun makes its folder, and those above, so that no container can be run below them any more.
    if (await isKnown(place, record)) await deleteContainer(engine, record.id);
    const monitor = await monitorPid(folder);
    if (monitor === undefined) return;
    if (waited === PATIENCE) process.kill(monitor, 'SIGKILL');
    await sleep(10);
  }
}
