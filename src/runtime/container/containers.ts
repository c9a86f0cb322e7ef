import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { readRegular, UnfitFileError } from '../../io/regular-file.js';
import { fail, StrataError } from '../../model/error.js';
import { createDirectory, writeAtomic } from '../../store/atomic.js';
import { errnoOf, failStore, isAbsent } from '../../store/failure.js';
import { namesIn } from '../../store/names-in.js';
import { durable, ensureLayout } from '../../store/layout.js';
import { CONTAINERS, DOCUMENT_LIMIT, TEMPORARY } from '../../store/layout-names.js';
import { withLock } from '../../store/lock.js';
import { RECORD } from '../../store/maker.js';
import { ownerTag } from '../../store/owner.js';
import { removeTree } from '../../store/remove-tree.js';
import type { Store } from '../../store/store.js';
import { unmountContainer } from '../rootfs/unmount.js';
import { controlGroupParent, endControlGroups } from './control-groups.js';
import { type ContainerFolder, containerFolder, type RunFolder } from './folder.js';
import { checkName, generateName } from './names.js';
import { privateFolder } from './private-folder.js';
import type { ContainerRecord } from './record.js';

const LOCK = 'containers';
/** What generateId gives. */
export const ID = /^[0-9a-f]{64}$/;

/** Returns every container of the store, oldest first; a folder without a readable record is not one. */
export function listContainers(store: Store): readonly ContainerRecord[] {
  const folder = path.join(store.paths.root, CONTAINERS);
  return namesIn(folder)
    .filter((name) => ID.test(name))
    .map((id) => readRecord(path.join(folder, id)))
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
    const taken = takenNames(store, asked);
    const named: ContainerRecord = { ...record, name: asked ?? generateName(taken) };
    await writeRecord(store, folder, named);
    return named;
  });
}

/** Gives a container another name, and returns it so. Throws E_NOT_FOUND when it is gone, and what keepContainer throws. */
export async function renameContainer(
  store: Store,
  folder: ContainerFolder,
  name: string,
): Promise<ContainerRecord> {
  checkName(name);
  return withLock(store, LOCK, async () => {
    const record = readRecord(folder.root);
    if (record === undefined) return fail('E_NOT_FOUND', `naming a container '${name}': it was removed`);
    if (record.name !== name) takenNames(store, name);
    const named: ContainerRecord = { ...record, name };
    await writeRecord(store, folder, named);
    return named;
  });
}

/** The names of all containers. Throws E_EXISTS when `asked` is one. */
function takenNames(store: Store, asked: string | undefined): ReadonlySet<string> {
  const taken = new Set(listContainers(store).map(({ name }) => name));
  if (asked !== undefined && taken.has(asked))
    fail('E_EXISTS', `naming the container '${asked}': there is one of that name`, {
      hint: `remove it: strata rm ${asked}`,
    });
  return taken;
}

async function writeRecord(store: Store, folder: ContainerFolder, record: ContainerRecord): Promise<void> {
  const temporary = path.join(store.paths.root, TEMPORARY);
  const bytes = Buffer.from(`${JSON.stringify(record, undefined, 2)}\n`);
  // One that is removed at its end does not outlive a power loss.
  const options = { ...durable(store), durable: !record.remove };
  await writeAtomic(folder.record, [bytes], temporary, options).catch((thrown: unknown) =>
    failStore(`keeping container ${record.name}`, thrown),
  );
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
    mkdirSync(making, 0o700);
    for (const directory of [folder.bundle, folder.upper, folder.work, folder.init])
      mkdirSync(path.join(making, path.basename(directory)), 0o700);
    writeFileSync(path.join(making, path.basename(folder.maker)), ownerTag(store.owner), { mode: 0o600 });
    renameSync(making, folder.root);
    ensureRunFolders(run, folder, store.paths.root);
  } catch (thrown) {
    await removeTree(making).catch(() => undefined);
    await removeFolder(store, folder).catch(() => undefined);
    failStore(`creating container ${id}`, thrown);
  }
  return folder;
}

/**
 * Makes the folders that do not outlive a reboot. They say which store's they are: only from there can be told whether that
 * is gone.
 */
export function ensureRunFolders(run: RunFolder, folder: ContainerFolder, root: string): void {
  if (run.mode === 0o700) privateFolder(path.dirname(run.root), process.getuid?.() ?? -1);
  for (const directory of [run.engine, run.exits, folder.run])
    mkdirSync(directory, { recursive: true, mode: run.mode });
  // A runtime that was asked before they were there has made them for root alone.
  for (const directory of [path.dirname(run.root), run.root]) chmodSync(directory, run.mode);
  try {
    symlinkSync(root, run.store);
  } catch (thrown) {
    if (errnoOf(thrown) !== 'EEXIST') throw thrown;
  }
}

/** Returns the container of that name, id or unique beginning of an id. Throws E_NOT_FOUND, E_AMBIGUOUS. */
export function findContainer(store: Store, name: string): ContainerRecord {
  const all = listContainers(store);
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

/**
 * Removes what is kept of a container: first its record, so that it is never half there. Kills what a runtime left. The
 * folder is first moved to `doomed`: whoever comes after a kill removes there what is left of a process that is gone. How it
 * ended stays for those who wait for it; see sweepExits.
 */
export async function removeFolder(
  store: Store,
  folder: ContainerFolder,
  doomed = path.join(store.paths.root, TEMPORARY, ownerTag(store.owner)),
): Promise<void> {
  unmountContainer(folder);
  demandUnmounted(folder);
  const parent = controlGroupParent(folder.id, [folder.bundle, folder.known]);
  rmSync(folder.record, { force: true });
  try {
    renameSync(folder.root, doomed);
  } catch (thrown) {
    if (!isAbsent(thrown)) throw thrown;
  }
  await endControlGroups(folder.id, parent);
  await removeTree(doomed);
  await removeTree(folder.known);
  await removeTree(folder.run);
}

/** What the user has mounted would be removed with the folder it is seen in. */
function demandUnmounted({ id, run }: ContainerFolder): void {
  if (ownMounts().includes(`/${id}/`))
    fail('E_ENGINE', `removing container ${id.slice(0, 12)}: something is still mounted in ${run}`, {
      hint: 'grep it in /proc/self/mountinfo and umount it first',
    });
}

function ownMounts(): string {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8');
  } catch {
    return '';
  }
}

function readRecord(folder: string): ContainerRecord | undefined {
  let text: string;
  try {
    text = readRegular(path.join(folder, RECORD), DOCUMENT_LIMIT).toString();
  } catch (thrown) {
    // One damaged record does not keep the others from being seen; fsck tells of it.
    if (isAbsent(thrown) || thrown instanceof UnfitFileError) return undefined;
    throw new StrataError('E_STORE', `reading container ${path.basename(folder)}`, { cause: thrown });
  }
  try {
    return JSON.parse(text) as ContainerRecord;
  } catch {
    return undefined;
  }
}

/** Milliseconds for which those who wait for a container that is gone may still read how it ended. */
const EXIT_KEPT = 60_000;

/** Removes what conmon wrote of the ends of containers that are gone. Never throws. */
export function sweepExits({ store, run }: { readonly store: Store; readonly run: RunFolder }): void {
  // In one go: of many that have just ended nothing is to be done, and each would cost a turn of the event loop.
  for (const id of exitsIn(run))
    try {
      const exit = path.join(run.exits, id);
      const stats = statSync(exit, { throwIfNoEntry: false });
      if (stats === undefined || Date.now() - stats.mtimeMs < EXIT_KEPT) continue;
      if (!existsSync(containerFolder(store.paths.root, run, id).root)) rmSync(exit, { force: true });
    } catch {
      // Another strata does the same, or it is none of conmon's; the others go all the same.
    }
}

function exitsIn(run: RunFolder): readonly string[] {
  try {
    return readdirSync(run.exits);
  } catch {
    return [];
  }
}
