import { readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ownerState, ownerTag, parseOwnerTag } from '../../store/owner.js';
import type { Store } from '../../store/store.js';
import { type EngineHandle, readState, resumeContainer } from '../engine/engine.js';
import type { ContainerFolder } from './folder.js';

/*
 * Who lets a container stand still for a while first leaves a mark in its run folder, named by his process. A container
 * that stands still with a mark of a process that is gone was not paused by the user, and goes on.
 */

const PREFIX = 'paused-by-';

/** Leaves the mark of this process; returns its path. */
export async function markPause(store: Store, folder: ContainerFolder): Promise<string> {
  const file = path.join(folder.run, `${PREFIX}${ownerTag(store.owner)}`);
  await writeFile(file, '', { flag: 'wx', mode: 0o600 });
  return file;
}

/** Returns the marks of a container, and whether the process of each may still run. */
export async function pauseMarks(
  store: Store,
  folder: ContainerFolder,
): Promise<readonly { readonly file: string; readonly living: boolean }[]> {
  const names = await readdir(folder.run).catch((): string[] => []);
  const marks = names.filter((name) => name.startsWith(PREFIX));
  return marks.map((name) => {
    const owner = parseOwnerTag(name.slice(PREFIX.length));
    const living = owner !== undefined && ownerState(owner, store.owner) !== 'dead';
    return { file: path.join(folder.run, name), living };
  });
}

/**
 * Lets a container go on that a killed process of strata left standing still, and removes the marks of such processes;
 * true when it goes on now. To be asked before anything else is done with a container that runs or stands still.
 */
export async function settlePause(
  store: Store,
  engine: EngineHandle,
  folder: ContainerFolder,
  status: 'running' | 'paused',
): Promise<boolean> {
  const marks = await pauseMarks(store, folder);
  const dead = marks.filter(({ living }) => !living);
  if (dead.length === 0) return false;
  const ours = status === 'paused' && dead.length === marks.length;
  if (ours)
    await resumeContainer(engine, folder.id).catch(async (thrown: unknown) => {
      // Another process may have been faster.
      if ((await readState(engine, folder.id))?.status === 'paused') throw thrown;
    });
  for (const { file } of dead) await rm(file, { force: true });
  return ours;
}
