import { mkdirSync, rmdirSync } from 'node:fs';
import { readdir, rename, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readRegular, UnfitFileError } from '../io/regular-file.js';
import { removeBelow } from '../io/remove-below.js';
import { createDirectory, syncDirectory, writeAtomic } from './atomic.js';
import { errnoOf, failStore, isAbsent } from './failure.js';
import { ensureLayout } from './layout.js';
import { CONTAINERS, DOCUMENT_LIMIT, QUARANTINE, TEMPORARY, UNPACKED } from './layout-names.js';
import { moveAside } from './move-aside.js';
import { namesIn } from './names-in.js';
import { ownerTag } from './owner.js';
import type { Store } from './store.js';

/*
 * Layers as directories, for machines on which a snapshot cannot be mounted from the plain tars. Many containers mount
 * one, so each names those that it uses: nobody removes what a container names.
 */

/** In a folder of an unpacked layer: the directory that is mounted, and what is known of it. */
const TREE = 'tree';
const STATE = 'state.json';
/** In a container's folder, below `layers`: the names of those it uses, a line each. */
const PINS = 'unpacked';

interface State {
  /** True when it survives a power loss; else it is good until the machine restarts. */
  readonly synced: boolean;
  readonly boot: string;
  /** What the maker said of it. */
  readonly told: unknown;
}

export interface UnpackOptions {
  /** Fills the empty directory, and returns what is to be known of it: JSON. */
  readonly fill: (tree: string) => Promise<unknown>;
  /** Makes all that was written to the file system of a path survive a power loss; undefined: it need not. */
  readonly sync: ((place: string) => void) | undefined;
}

/** Returns the directory of an unpacked layer of that name. */
export function unpackedTree(store: Store, name: string): string {
  return path.join(unpackedFolder(store, name), TREE);
}

/** Returns the folder of one unpacked layer, with all that is kept of it. */
export function unpackedFolder(store: Store, name: string): string {
  return path.join(unpackedRoot(store), name);
}

/** Returns the file that says that an unpacked layer is whole. */
export function unpackedState(store: Store, name: string): string {
  return path.join(unpackedFolder(store, name), STATE);
}

/** Returns the folder that all unpacked layers are in. */
export function unpackedRoot(store: Store): string {
  return path.join(store.paths.root, UNPACKED);
}

/** The part of {@link unpackedTree} below {@link unpackedRoot}. */
export function unpackedPlace(name: string): string {
  return path.join(name, TREE);
}

/** Whether the unpacked layer of that name is there, and good. */
export function isUnpacked(store: Store, name: string): boolean {
  const known = readState(unpackedFolder(store, name));
  return known !== undefined && isGood(store, known);
}

/**
 * Makes sure that the unpacked layer of that name is there, whole or not at all, and returns what its maker said of it.
 * Its use is noted. Of two processes that make the same one, one's is kept. Throws E_DISK_FULL, E_UNWRITABLE, E_STORE and
 * what `fill` throws.
 */
export async function keepUnpacked(store: Store, name: string, options: UnpackOptions): Promise<unknown> {
  await ensureLayout(store);
  const folder = unpackedFolder(store, name);
  const doing = `unpacking a layer into ${folder}`;
  const known = readState(folder);
  if (known !== undefined && isGood(store, known)) {
    const now = new Date();
    await utimes(folder, now, now).catch(() => undefined);
    if (!known.synced && options.sync !== undefined) {
      options.sync(folder);
      await writeState(store, folder, { ...known, synced: true }).catch((thrown: unknown) =>
        failStore(doing, thrown),
      );
    }
    return known.told;
  }
  await createDirectory(unpackedRoot(store), true).catch((thrown: unknown) => failStore(doing, thrown));
  const staging = path.join(store.paths.root, TEMPORARY, ownerTag(store.owner));
  try {
    mkdirSync(staging, 0o700);
    mkdirSync(path.join(staging, TREE), 0o700);
    const told = await options.fill(path.join(staging, TREE));
    const state: State = { synced: options.sync !== undefined, boot: store.owner.boot, told };
    await writeFile(path.join(staging, STATE), JSON.stringify(state), { mode: 0o600 });
    options.sync?.(staging);
    // One that is not good is nobody's; another process may have made a good one meanwhile.
    const present = readState(folder);
    if (present === undefined || !isGood(store, present)) await removeUnpacked(store, name);
    await publish(staging, folder);
    return told;
  } catch (thrown) {
    return failStore(doing, thrown);
  } finally {
    removeTree(staging);
  }
}

async function publish(staging: string, folder: string): Promise<void> {
  try {
    await rename(staging, folder);
  } catch (thrown) {
    // Another process was first; both are the same.
    if (!['ENOTEMPTY', 'EEXIST'].includes(errnoOf(thrown))) throw thrown;
  }
  await syncDirectory(path.dirname(folder));
}

/** Names in a container's folder `layers` the unpacked layers that it uses. To be called before they are asked for. */
export async function pinUnpacked(layers: string, names: readonly string[]): Promise<void> {
  const doing = 'keeping which layers a container uses';
  await writeFile(path.join(layers, PINS), names.map((name) => `${name}\n`).join(''), { mode: 0o600 }).catch(
    (thrown: unknown) => failStore(doing, thrown),
  );
}

/** Returns the names of all unpacked layers there are. */
export async function listUnpacked(store: Store): Promise<readonly string[]> {
  return readdir(unpackedRoot(store)).catch((thrown: unknown) => {
    if (isAbsent(thrown)) return [];
    throw thrown;
  });
}

/**
 * Returns the names of the unpacked layers that containers use, also of those that are being made and of those whose record a
 * repair put aside: they may still run. Where one does not say which, all.
 */
export async function unpackedInUse(store: Store): Promise<ReadonlySet<string>> {
  const used = new Set<string>();
  for (const folder of [CONTAINERS, QUARANTINE].map((name) => path.join(store.paths.root, name)))
    for (const id of namesIn(folder)) {
      for (const name of pinsIn(path.join(folder, id, 'layers', PINS)) ?? (await listUnpacked(store)))
        used.add(name);
    }
  return used;
}

/** The names that a container's folder has; undefined when it does not say them. */
function pinsIn(file: string): readonly string[] | undefined {
  try {
    const names = readRegular(file, DOCUMENT_LIMIT).toString().split('\n');
    return names.filter((name) => name !== '');
  } catch (thrown) {
    if (isAbsent(thrown)) return [];
    if (thrown instanceof UnfitFileError) return undefined;
    throw thrown;
  }
}

/** Removes an unpacked layer, which disappears at once. The caller has asked {@link unpackedInUse}. */
export async function removeUnpacked(store: Store, name: string): Promise<void> {
  const doomed = await moveAside(store, unpackedFolder(store, name)).catch((thrown: unknown) =>
    failStore(`removing the unpacked layer ${name}`, thrown),
  );
  if (doomed !== undefined) removeTree(doomed);
}

function isGood(store: Store, { synced, boot }: State): boolean {
  return synced || boot === store.owner.boot;
}

function readState(folder: string): State | undefined {
  try {
    return JSON.parse(readRegular(path.join(folder, STATE), DOCUMENT_LIMIT).toString()) as State;
  } catch {
    // Not there, or cut by a power loss: it is made again.
    return undefined;
  }
}

async function writeState(store: Store, folder: string, state: State): Promise<void> {
  const temporary = path.join(store.paths.root, TEMPORARY);
  const options = { owner: store.owner, durable: true, mode: 0o600 };
  await writeAtomic(path.join(folder, STATE), [Buffer.from(JSON.stringify(state))], temporary, options);
}

/** What cannot be removed stays in `tmp` below a name that says whose it is. */
function removeTree(folder: string): void {
  try {
    removeBelow(folder);
    rmdirSync(folder);
  } catch {
    // It is not there, or `prune` tries again.
  }
}
