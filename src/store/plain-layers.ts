import { constants } from 'node:fs';
import { copyFile, link, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Digest, digestAlgorithm, digestHex } from '../model/digest.js';
import { createDirectory, createPending } from './atomic.js';
import { errnoOf, failStore, stopIfAborted } from './failure.js';
import { ensureLayout } from './layout.js';
import { PLAIN, TEMPORARY } from './layout-names.js';
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
export async function hasPlainLayer(store: Store, diffID: Digest, size: number): Promise<boolean> {
  const file = plainLayerPath(store, diffID);
  const stats = await stat(file).catch(() => undefined);
  // A power loss may have cut it: then it is made again.
  if (stats?.size !== size) return false;
  const now = new Date();
  await utimes(file, now, now).catch(() => undefined);
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

/**
 * Gives a file of the store a second name inside of it, which keeps its bytes whatever happens to the first. Where the
 * file system has no more links for it, it is copied. Throws E_DISK_FULL, E_UNWRITABLE.
 */
export async function pinFile(file: string, target: string): Promise<void> {
  const doing = `keeping ${path.basename(file)}`;
  await rm(target, { force: true });
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
      await link(file, target);
      return;
    } catch (thrown) {
      if (errnoOf(thrown) !== 'ENOENT' || tries === TRIES) throw thrown;
      await sleep(20);
    }
}
