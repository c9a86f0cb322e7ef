import { chmod, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fail, StrataError } from '../../model/error.js';
import { createDirectory, writeAtomic } from '../../store/atomic.js';
import { errnoOf, failStore, isAbsent } from '../../store/failure.js';
import { namesIn } from '../../store/inventory.js';
import { durable, ensureLayout } from '../../store/layout.js';
import { CONTAINERS, TEMPORARY } from '../../store/layout-names.js';
import { withLock } from '../../store/lock.js';
import { RECORD } from '../../store/maker.js';
import { ownerTag } from '../../store/owner.js';
import { removeTree } from '../../store/remove-tree.js';
import type { Store } from '../../store/store.js';
import { endControlGroups } from './control-groups.js';
import { type ContainerFolder, containerFolder, type RunFolder } from './folder.js';
import { checkName, generateName } from './names.js';
import type { ContainerRecord } from './record.js';

const LOCK = 'containers';
/** What generateId gives. */
export const ID = /^[0-9a-f]{64}$/;

/** Returns every container of the store, oldest first; a folder without a readable record is not one. */
export async function listContainers(store: Store): Promise<readonly ContainerRecord[]> {
  const folder = path.join(store.paths.root, CONTAINERS);
  const ids = (await namesIn(folder)).filter((name) => ID.test(name));
  const records = await Promise.all(ids.map((id) => readRecord(path.join(folder, id))));
  return records
    .filter((record) => record !== undefined)
    .sort((a, b) => (a.created < b.created ? -1 : a.created > b.created ? 1 : 0));
}

/**
 * Keeps a new container under its name, or under a new one when it has none, and returns it. Of two that race for a name
 * one gets it. Throws E_EXISTS, E_USAGE, E_LOCKED, E_DISK_FULL, E_UNWRITABLE, E_STORE.
 */
export async function keepContainer(
  store: Store,
  folder: ContainerFolder,
  record: Omit<ContainerRecord, 'name'>,
  asked: string | undefined,
): Promise<ContainerRecord> {
  if (asked !== undefined) checkName(asked);
  return withLock(store, LOCK, async () => {
    const taken = new Set((await listContainers(store)).map(({ name }) => name));
    if (asked !== undefined && taken.has(asked))
      fail('E_EXISTS', `naming the container '${asked}': there is one of that name`, {
        hint: `remove it: strata rm ${asked}`,
      });
    const named: ContainerRecord = { ...record, name: asked ?? generateName(taken) };
    const temporary = path.join(store.paths.root, TEMPORARY);
    const bytes = Buffer.from(`${JSON.stringify(named, undefined, 2)}\n`);
    await writeAtomic(folder.record, [bytes], temporary, durable(store)).catch((thrown: unknown) =>
      failStore(`keeping container ${named.name}`, thrown),
    );
    return named;
  });
}

/**
 * Makes the folder of a container that is to be; it is none before it is kept, and tells whose process makes it from the
 * moment on that it is there. Throws E_DISK_FULL, E_UNWRITABLE, E_STORE.
 */
export async function createFolder(store: Store, run: RunFolder, id: string): Promise<ContainerFolder> {
  await ensureLayout(store);
  const folder = containerFolder(store.paths.root, run, id);
  const making = path.join(store.paths.root, TEMPORARY, ownerTag(store.owner));
  try {
    await createDirectory(path.dirname(folder.root), false);
    await mkdir(making, 0o700);
    for (const directory of [folder.bundle, folder.upper, folder.work, folder.init])
      await mkdir(path.join(making, path.basename(directory)), 0o700);
    await writeFile(path.join(making, path.basename(folder.maker)), ownerTag(store.owner), { mode: 0o600 });
    await rename(making, folder.root);
    for (const directory of [run.engine, run.exits, folder.run])
      await mkdir(directory, { recursive: true, mode: 0o711 });
    // A runtime that was asked before they were there has made them for root alone.
    for (const directory of [path.dirname(run.root), run.root]) await chmod(directory, 0o711);
    await nameStore(run, store.paths.root);
  } catch (thrown) {
    await removeTree(making).catch(() => undefined);
    await removeFolder(store, folder).catch(() => undefined);
    failStore(`creating container ${id}`, thrown);
  }
  return folder;
}

/** Says of the run folder which store's it is: only from there can be told whether that is gone. */
async function nameStore({ store: name }: RunFolder, root: string): Promise<void> {
  await symlink(root, name).catch((thrown: unknown) => {
    if (errnoOf(thrown) !== 'EEXIST') throw thrown;
  });
}

/** Returns the container of that name, id or unique beginning of an id. Throws E_NOT_FOUND, E_AMBIGUOUS. */
export async function findContainer(store: Store, name: string): Promise<ContainerRecord> {
  const all = await listContainers(store);
  const exact = all.find((record) => record.name === name || record.id === name);
  if (exact !== undefined) return exact;
  const begun = /^[0-9a-f]+$/.test(name) ? all.filter(({ id }) => id.startsWith(name)) : [];
  if (begun.length > 1)
    fail('E_AMBIGUOUS', `looking for container ${name}: ${String(begun.length)} ids begin so`);
  return (
    begun[0] ??
    fail('E_NOT_FOUND', `looking for container '${name}': there is none`, {
      hint: 'strata ps --all lists them',
    })
  );
}

/** Removes what is kept of a container: first its record, so that it is never half there. Kills what a runtime left. */
export async function removeFolder(store: Store, folder: ContainerFolder): Promise<void> {
  // Whoever comes after a kill removes what is there of a process that is gone.
  const doomed = path.join(store.paths.root, TEMPORARY, ownerTag(store.owner));
  await rm(folder.record, { force: true });
  await rename(folder.root, doomed).catch((thrown: unknown) => {
    if (!isAbsent(thrown)) throw thrown;
  });
  await endControlGroups(folder.id);
  await removeTree(doomed);
  await removeTree(folder.known);
  await removeTree(folder.run);
  await rm(folder.exit, { force: true });
}

async function readRecord(folder: string): Promise<ContainerRecord | undefined> {
  let text: string;
  try {
    text = await readFile(path.join(folder, RECORD), 'utf8');
  } catch (thrown) {
    if (isAbsent(thrown)) return undefined;
    throw new StrataError('E_STORE', `reading container ${path.basename(folder)}`, { cause: thrown });
  }
  try {
    return JSON.parse(text) as ContainerRecord;
  } catch {
    // One damaged record does not keep the others from being seen; fsck tells of it.
    return undefined;
  }
}
