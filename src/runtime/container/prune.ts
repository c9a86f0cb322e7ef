import { rmdir } from 'node:fs/promises';
import path from 'node:path';
import { StrataError } from '../../model/error.js';
import { exists, isNamed } from '../../store/exists.js';
import { failStore, stopIfAborted } from '../../store/failure.js';
import { namesIfAny } from '../../store/if-any.js';
import { namesIn } from '../../store/names-in.js';
import { CONTAINERS } from '../../store/layout-names.js';
import { makerLives } from '../../store/maker.js';
import { type Tally, tallyOf } from '../../store/removal.js';
import { treeBytes } from '../../store/tree-bytes.js';
import { ID, listContainers, removeFolder } from './containers.js';
import { controlGroupsOf, controlledIds, controlledProcesses } from './control-groups.js';
import { containerFolder } from './folder.js';
import { removeRunFolders } from './prune-run.js';
import type { ContainerRecord } from './record.js';
import { removeContainer } from './remove.js';
import { type ContainerPlace, folderOf, isAlive, stateOf } from './state.js';

export interface PruneContainersOptions {
  /** Also containers that have ended, with all that they wrote. */
  readonly stopped: boolean;
  readonly dryRun: boolean;
  /** Milliseconds for which the end of a container that is gone is kept for who waits for it; ten minutes unless given. */
  readonly grace?: number;
}

export interface PrunedContainers {
  /** Containers that had ended; none unless asked for. */
  readonly stopped: Tally;
  /** Containers that were never finished, or were to be removed at their end, of processes that are gone. */
  readonly unfinished: Tally;
  /** What is left at run time of containers that are gone. */
  readonly run: Tally;
}

const GRACE = 600_000;

/**
 * Removes what is left of containers whose processes were killed, and with `stopped` those that have ended. Never touches
 * one that runs, stands still or is being made. Throws E_ENGINE, E_UNWRITABLE, E_STORE, E_INTERRUPTED.
 */
export async function pruneContainers(
  place: ContainerPlace,
  options: PruneContainersOptions,
): Promise<PrunedContainers> {
  const { dryRun, grace = GRACE } = options;
  try {
    const stopped: number[] = [];
    const unfinished = [...(await unrecorded(place, dryRun))];
    for (const record of listContainers(place.store)) {
      const what = await dispensable(place, record, options.stopped);
      if (what === undefined) continue;
      stopIfAborted(place.store.signal, 'removing containers');
      const bytes = await treeBytes(folderOf(place, record).root);
      if (!dryRun && !(await removeEnded(place, record))) continue;
      (what === 'stopped' ? stopped : unfinished).push(bytes);
    }
    const run = await removeRunFolders(place, { dryRun, grace });
    if (!dryRun) await removeEmptyControlGroups(place);
    return { stopped: tallyOf(stopped), unfinished: tallyOf(unfinished), run };
  } catch (thrown) {
    return failStore('removing what is left of containers', thrown);
  }
}

/** Removes folders that never got a record, or lost it to a removal that was killed; returns the bytes of each. */
async function unrecorded({ store, run }: ContainerPlace, dryRun: boolean): Promise<readonly number[]> {
  const parent = path.join(store.paths.root, CONTAINERS);
  const removed: number[] = [];
  for (const id of namesIn(parent).filter((name) => ID.test(name))) {
    const folder = containerFolder(store.paths.root, run, id);
    // In this order: the record comes while the process that makes it lives.
    if ((await makerLives(store, folder.root)) || isNamed(folder.record)) continue;
    if (!isNamed(folder.root)) continue;
    removed.push(await treeBytes(folder.root));
    if (!dryRun) await removeFolder(store, folder);
  }
  return removed;
}

/** False when it was started or removed meanwhile. */
async function removeEnded(place: ContainerPlace, record: ContainerRecord): Promise<boolean> {
  try {
    await removeContainer(place, record, false);
    return true;
  } catch (thrown) {
    if (thrown instanceof StrataError && (thrown.code === 'E_RUNNING' || thrown.code === 'E_NOT_FOUND'))
      return false;
    throw thrown;
  }
}

/** Why a container may go, undefined when it may not. */
async function dispensable(
  place: ContainerPlace,
  record: ContainerRecord,
  stopped: boolean,
): Promise<'stopped' | 'unfinished' | undefined> {
  if (!record.remove && !stopped) return undefined;
  if (await makerLives(place.store, folderOf(place, record).root)) return undefined;
  if (isAlive(await stateOf(place, record))) return undefined;
  return record.remove ? 'unfinished' : 'stopped';
}

/** Of runtimes that were killed; an id that has a run folder, of whatever store, is somebody's still. */
async function removeEmptyControlGroups({ run }: ContainerPlace): Promise<void> {
  const base = path.dirname(run.root);
  for (const id of controlledIds()) {
    if (!ID.test(id) || controlledProcesses(id).length > 0) continue;
    const places = namesIfAny(base).flatMap((key) => [
      path.join(base, key, id),
      path.join(base, key, 'engine', id),
    ]);
    if (places.some(exists)) continue;
    for (const group of controlGroupsOf(id)) await rmdir(group).catch(() => undefined);
  }
}
