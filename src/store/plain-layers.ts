import { constants, existsSync, linkSync, rmSync, statSync, utimesSync } from 'node:fs';
import { chmod, copyFile, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Digest, digestAlgorithm, digestHex } from '../model/digest.js';
import { createDirectory, createPending, syncDirectory } from './atomic.js';
import { errnoOf, failStore, stopIfAborted } from './failure.js';
import { ensureLayout } from './layout.js';
import { PLAIN, TEMPORARY } from './layout-names.js';
import { ownerTag } from './owner.js';
import type { Store } from './store.js';

/*
 * The plain tars of layers, by diffID: what containers read their files from. A container holds its own hard links, so
 * that `prune` may remove a plain layer whenever it is old; see prune-plain.ts.
 */

const TRIES = 10;

/** Returns where the plain tar of this diffID is or would be. */
export function plainLayerPath(store: Store, diffID: Digest): string {
  return path.join(store.paths.root, PLAIN, digestAlgorithm(diffID), digestHex(diffID));
}

/** True when the plain tar is there with this size; its use is noted. */
export function hasPlainLayer(store: Store, diffID: Digest, size: number): boolean {
  const file = plainLayerPath(store, diffID);
  try {
    // A power loss may have cut it: then it is made again.
    if (statSync(file).size !== size) return false;
  } catch {
    return false;
  }
  try {
    const now = new Date();
    utimesSync(file, now, now);
  } catch {
    // Prune takes it for older than it is.
  }
  return true;
}

/**
 * Keeps the plain tar that `source` gives, which must have verified it at its end: whole or not at all. With `durable` it
 * survives a power loss. Throws E_DISK_FULL, E_UNWRITABLE, E_STORE, E_INTERRUPTED and what the source throws.
 */
export async function putPlainLayer(
  store: Store,
  diffID: Digest,
  source: AsyncIterable<Uint8Array>,
  durable: boolean,
): Promise<void> {
  await ensureLayout(store);
  const doing = `storing the plain layer ${diffID}`;
  const target = plainLayerPath(store, diffID);
  const refused = (thrown: unknown): never => failStore(doing, thrown);
  await createDirectory(path.dirname(target), durable).catch(refused);
  const options = { owner: store.owner, durable, mode: 0o400 };
  const pending = await createPending(path.join(store.paths.root, TEMPORARY), options).catch(refused);
  try {
    for await (const chunk of source) {
      stopIfAborted(store.signal, doing);
      await pending.write(chunk).catch(refused);
    }
    await pending.publish(target).catch(refused);
  } finally {
    await pending.discard();
  }
}

/** The plain tar of a layer on its way into the store, written by whoever reads the layer. */
export interface PendingPlain {
  /** Empty at first. It is to be opened and not created: where it is gone, nobody wants it any more. */
  readonly file: string;
  /** Makes what was written the plain tar of `diffID`, which the writer must have verified. */
  readonly publish: (diffID: Digest) => Promise<void>;
  /** Removes it unless it was published. Never throws. */
  readonly discard: () => Promise<void>;
}

/**
 * Returns an empty file for the plain tar of a layer that is about to be read; with `durable` it survives a power loss
 * once it is published. Throws E_DISK_FULL, E_UNWRITABLE, E_STORE.
 */
export async function beginPlainLayer(store: Store, durable: boolean): Promise<PendingPlain> {
  const doing = 'storing a plain layer';
  await ensureLayout(store);
  const file = path.join(store.paths.root, TEMPORARY, ownerTag(store.owner));
  const refused = (thrown: unknown): never => failStore(doing, thrown);
  await (await open(file, 'wx', 0o600).catch(refused)).close();
  const publish = async (diffID: Digest): Promise<void> => {
    const target = plainLayerPath(store, diffID);
    await createDirectory(path.dirname(target), durable);
    await chmod(file, 0o400);
    if (durable) await syncFile(file);
    await rename(file, target);
    if (durable) await syncDirectory(path.dirname(target));
  };
  return {
    file,
    publish: (diffID) => publish(diffID).catch(refused),
    discard: () => rm(file, { force: true }).catch(() => undefined),
  };
}

async function syncFile(file: string): Promise<void> {
  const handle = await open(file, 'r');
  await handle.sync().finally(() => handle.close());
}

/** True when a plain tar of this diffID is there, whole or cut; see {@link hasPlainLayer}. */
export function namesPlainLayer(store: Store, diffID: Digest): boolean {
  return existsSync(plainLayerPath(store, diffID));
}

/**
 * Gives a file of the store a second name inside of it, which keeps its bytes whatever happens to the first. Where the
 * file system has no more links for it, it is copied. Throws E_DISK_FULL, E_UNWRITABLE.
 */
export async function pinFile(file: string, target: string): Promise<void> {
  const doing = `keeping ${path.basename(file)}`;
  try {
    await linkSteadily(file, target);
  } catch (thrown) {
    if (!['EMLINK', 'EXDEV', 'EPERM', 'ENOTSUP'].includes(errnoOf(thrown))) failStore(doing, thrown);
    await copyFile(file, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE).catch(
      (error: unknown) => failStore(doing, error),
    );
  }
}

/** `prune` takes a file away for a moment before it sees that it was used just now. */
async function linkSteadily(file: string, target: string): Promise<void> {
  for (let tries = 1; ; tries++)
    try {
      linkSync(file, target);
      return;
    } catch (thrown) {
      if (!['ENOENT', 'EEXIST'].includes(errnoOf(thrown)) || tries === TRIES) throw thrown;
      if (errnoOf(thrown) === 'EEXIST') rmSync(target, { force: true });
      else await sleep(20);
    }
}
