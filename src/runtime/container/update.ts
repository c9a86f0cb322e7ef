import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fail } from '../../model/error.js';
import { updateContainer } from '../engine/engine.js';
import { withoutUnlimited } from '../spec/change-limits.js';
import type { ResourcesConfig } from '../spec/runtime-config.js';
import { readBundle, writeResources } from './bundle.js';
import { withContainerLock } from './lock.js';
import type { ContainerRecord } from './record.js';
import { type ContainerPlace, engineOf, folderOf, isAlive, stateOf } from './state.js';

/**
 * Gives a container the resources that `change` makes of those it has: at once if it runs, and whenever it is started.
 * Throws E_NOT_FOUND when it was removed, E_ENGINE when the kernel refuses them, and what `change` throws; then it is
 * started with what it had.
 */
export function updateResources(
  place: ContainerPlace,
  record: ContainerRecord,
  change: (resources: ResourcesConfig) => ResourcesConfig,
): Promise<void> {
  const folder = folderOf(place, record);
  return withContainerLock(place.store, record.id, async () => {
    if (!existsSync(folder.record)) fail('E_NOT_FOUND', `updating container ${record.name}: it was removed`);
    const bundle = await readBundle(folder);
    const { devices, ...before } = bundle.config.linux.resources;
    const resources = change(before);
    if (isAlive(await stateOf(place, record))) {
      const file = path.join(folder.run, 'resources.json');
      await writeFile(file, JSON.stringify(resources), { mode: 0o600 });
      await updateContainer(engineOf(place, record), record.id, file);
    }
    const settled = withoutUnlimited(resources);
    await writeResources(place.store, folder, bundle, {
      ...(devices === undefined ? {} : { devices }),
      ...settled,
    });
  });
}
