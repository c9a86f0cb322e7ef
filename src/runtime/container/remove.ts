import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fail } from '../../model/error.js';
import { deleteContainer } from '../engine/engine.js';
import { removeFolder } from './containers.js';
import type { ContainerFolder } from './folder.js';
import type { ContainerRecord } from './record.js';
import { type ContainerPlace, engineOf, folderOf, isAlive, isKnown, stateOf } from './state.js';

/** Milliseconds in which conmon ends after the container has. */
const PATIENCE = 5000;

/** Removes a container and all that it wrote; with `force` also one that runs. Throws E_USAGE, E_ENGINE, E_UNWRITABLE. */
export async function removeContainer(
  place: ContainerPlace,
  record: ContainerRecord,
  force: boolean,
): Promise<void> {
  const state = await stateOf(place, record);
  if (isAlive(state) && !force)
    fail('E_USAGE', `removing container ${record.name}: it is ${state.status}`, {
      hint: `end it first, or kill and remove it: strata rm --force ${record.name}`,
    });
  const folder = folderOf(place, record);
  // Where it knows none crun makes its folder, and those above, so that no container can be run below them any more.
  if (await isKnown(place, record)) await deleteContainer(engineOf(place, record), record.id);
  await monitorEnd(folder);
  await removeFolder(place.store, folder);
}

/** Waits for conmon, which would write the exit status into folders that are gone. */
async function monitorEnd(folder: ContainerFolder): Promise<void> {
  const text = await readFile(path.join(folder.run, 'monitor'), 'utf8').catch(() => '');
  if (!/^\d+$/.test(text.trim())) return;
  for (let waited = 0; waited < PATIENCE; waited += 10) {
    // The number may be another process's by now.
    const line = await readFile(`/proc/${text.trim()}/cmdline`, 'latin1').catch(() => '');
    if (!line.includes(folder.id)) return;
    await sleep(10);
  }
}
