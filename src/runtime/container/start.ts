import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { fail } from '../../model/error.js';
import { deleteContainer, startContainer } from '../engine/engine.js';
import { mountReadOnly } from '../engine/read-only-program.js';
import { createMonitored } from '../monitor/conmon.js';
import { monitorGone, monitorPid } from '../monitor/monitor-process.js';
import { enterContainerMounts, mountContainer } from '../rootfs/mount-rootfs.js';
import { rememberMounts } from '../sys/namespace.js';
import { ensureRunFolders } from './containers.js';
import { restoreEtcFiles } from './etc-files.js';
import { forgetExit } from './exit.js';
import type { ContainerFolder } from './folder.js';
import { withContainerLock } from './lock.js';
import { doomedPlace, exitProgram } from './on-exit.js';
import type { ContainerRecord } from './record.js';
import { type ContainerPlace, engineOf, folderOf, isKnown, stateOf } from './state.js';

export interface StartOptions {
  /** Path of conmon. */
  readonly monitor: string;
  /** Standard input does not end with that of who is attached first. */
  readonly keepStdin: boolean;
  /** Called when everything is there but the first process has not begun: who wants all its output attaches now. */
  readonly onCreated?: (() => void) | undefined;
}

/**
 * Starts a container that does not run, with the files that it wrote before; returns false when it runs already. Of two
 * that start it at once one does. Throws E_RUNNING for a paused one, E_NOT_FOUND when it was removed meanwhile, and what
 * createMonitored and startContainer throw; it then has ended as it had before.
 */
export function startAgain(
  place: ContainerPlace,
  record: ContainerRecord,
  options: StartOptions,
): Promise<boolean> {
  const folder = folderOf(place, record);
  return withContainerLock(place.store, record.id, async () => {
    if (!existsSync(folder.record)) fail('E_NOT_FOUND', `starting container ${record.name}: it was removed`);
    const state = await stateOf(place, record);
    if (state.status === 'running') return false;
    if (state.status === 'paused')
      fail('E_RUNNING', `starting container ${record.name}: it is paused`, {
        hint: `let it go on: strata unpause ${record.name}`,
      });
    const back = rememberMounts();
    try {
      await create(place, record, folder, options);
    } finally {
      back();
    }
    return true;
  });
}

async function create(
  place: ContainerPlace,
  record: ContainerRecord,
  folder: ContainerFolder,
  { monitor, keepStdin, onCreated }: StartOptions,
): Promise<void> {
  const engine = engineOf(place, record);
  await clearAway(place, record, folder);
  ensureRunFolders(place.run, folder, place.store.paths.root);
  await restoreEtcFiles(folder, record.idMap);
  enterContainerMounts();
  mountReadOnly(engine.program);
  await mountContainer(place.store, folder, record);
  try {
    await createMonitored({
      monitor,
      engine,
      folder,
      run: place.run,
      terminal: record.terminal,
      stdin: record.stdin,
      keepStdin: keepStdin || record.terminal,
      volatile: record.remove,
      onExit: exitProgram(engine, folder, record.remove, doomedPlace(folder)),
    });
    await forgetExit(folder);
    onCreated?.();
    await startContainer(engine, record.id);
  } catch (thrown) {
    await deleteContainer(engine, record.id).catch(() => undefined);
    throw thrown;
  }
}

/** Ends what is left of the last time: conmon must not clear away what begins now. */
async function clearAway(
  place: ContainerPlace,
  record: ContainerRecord,
  folder: ContainerFolder,
): Promise<void> {
  const engine = engineOf(place, record);
  // One that was made and never started waits for ever.
  const waits = (await stateOf(place, record)).status === 'created';
  if (waits && isKnown(place, record)) await deleteContainer(engine, record.id);
  if (!(await monitorGone(folder)))
    fail(
      'E_ENGINE',
      `starting container ${record.name}: process ${String(await monitorPid(folder))} still watches over it`,
    );
  if (isKnown(place, record)) await deleteContainer(engine, record.id);
  for (const file of [
    folder.exit,
    folder.oom,
    path.join(folder.run, 'pid'),
    path.join(folder.run, 'monitor'),
  ])
    await rm(file, { force: true });
}
