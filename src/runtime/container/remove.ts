import { existsSync } from 'node:fs';
import { fail } from '../../model/error.js';
import { removeFolder } from './containers.js';
import { endContainer } from './end.js';
import { withContainerLock } from './lock.js';
import type { ContainerRecord } from './record.js';
import { type ContainerPlace, folderOf, isAlive, stateOf } from './state.js';

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
    await endContainer(place, record);
    await removeFolder(place.store, folder);
  });
}
