import { existsSync } from 'node:fs';
import { fail } from '../../model/error.js';
import { removeFolder } from './containers.js';
import { endContainer } from './end.js';
import { withContainerLock } from './lock.js';
import type { ContainerRecord } from './record.js';
import { type ContainerPlace, folderOf, isAlive, stateOf } from './state.js';

/**
 * Removes a container and all that it wrote; with `force` also one that runs or is paused. One that is started or removed
 * just now is waited for. Throws E_NOT_FOUND when it was removed meanwhile, E_RUNNING, E_ENGINE, E_UNWRITABLE, E_LOCKED.
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
    // With force it is of no matter, and the runtime may not be there to say it.
    const state = force ? undefined : await stateOf(place, record);
    if (state !== undefined && isAlive(state))
      fail('E_RUNNING', `removing container ${record.name}: it is ${state.status}`, {
        hint: `end it first, or kill and remove it: strata rm --force ${record.name}`,
      });
    await endContainer(place, record, force);
    await removeFolder(place.store, folder);
  });
}
