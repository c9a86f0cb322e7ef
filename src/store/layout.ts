import path from 'node:path';
import { fail } from '../model/error.js';
import { createDirectory, writeAtomic, type PendingOptions } from './atomic.js';
import { isNamed } from './exists.js';
import { failStore } from './failure.js';
import {
  ALGORITHMS,
  BLOBS,
  INDEX_FILE,
  LAYOUT_FILE,
  LAYOUT_TEXT,
  LOCKS,
  REFS,
  REFS_LOCK,
  stateName,
  TEMPORARY,
} from './layout-names.js';
import { holdLock } from './lock-file.js';
import { namesIn } from './names-in.js';
import { checkIsNotAFile } from './not-a-file.js';
import type { Store } from './store.js';
import { sweepTemporary } from './temporary.js';

export const EMPTY_INDEX = Buffer.from(
  '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}',
);

/**
 * After this the layout exists and can be written: oci-layout, index.json, blobs, tmp, locks and refs. Runs once per
 * opened store. Throws E_STORE on a read-only store, E_STORE_DAMAGED when index.json was lost, E_UNWRITABLE, E_DISK_FULL.
 */
export function ensureLayout(store: Store): Promise<void> {
  store.session.layoutReady ??= createLayout(store);
  return store.session.layoutReady;
}

async function createLayout(store: Store): Promise<void> {
  const { root } = store.paths;
  if (store.readOnly) checkIsNotAFile(root);
  if (store.readOnly)
    fail('E_STORE', `writing to the store ${root}: it is read-only`, {
      hint: 'set STRATA_STORE to a directory that can be written',
    });
  try {
    const temporary = path.join(root, TEMPORARY);
    await createDirectory(temporary, true);
    // oci-layout before all else: from then on the directory is known to be a store.
    if (!isNamed(path.join(root, LAYOUT_FILE)))
      await writeAtomic(path.join(root, LAYOUT_FILE), [Buffer.from(LAYOUT_TEXT)], temporary, durable(store));
    for (const folder of [LOCKS, REFS]) await createDirectory(path.join(root, folder), true);
    if (!isNamed(path.join(root, INDEX_FILE))) await createIndex(store);
    for (const algorithm of ALGORITHMS) await createDirectory(path.join(root, BLOBS, algorithm), true);
    await sweepTemporary(store, temporary);
  } catch (thrown) {
    store.session.layoutReady = undefined;
    failStore(`creating the store ${root}`, thrown);
  }
}

/** The options with which everything below the root is written. */
export function durable(store: Store): PendingOptions {
  return { owner: store.owner, durable: true, mode: 0o600 };
}

/** Keeps these bytes of index.json as a known state, before index.json itself gets them. */
export async function recordIndexState(store: Store, bytes: Uint8Array): Promise<void> {
  const { root } = store.paths;
  await writeAtomic(
    path.join(root, REFS, stateName(bytes)),
    [bytes],
    path.join(root, TEMPORARY),
    durable(store),
  );
}

/**
 * True when the store at `root` has no index.json although it had one: that is made before the first blob is stored, and of
 * each one that strata wrote, but the empty one, there is a state.
 */
export function isIndexLost(root: string): boolean {
  const empty = stateName(EMPTY_INDEX);
  const isUsed =
    namesIn(path.join(root, REFS)).some((name) => name !== empty) ||
    ALGORITHMS.some((algorithm) => namesIn(path.join(root, BLOBS, algorithm)).length > 0);
  // Looked for last: whoever makes the store at this moment made it before what was seen.
  return isUsed && !isNamed(path.join(root, INDEX_FILE));
}

/**
 * Returns when the store at `root` lost no index.json: an empty one in its place would make every image one that nobody
 * needs. Throws E_STORE_DAMAGED.
 */
export function checkIndexNotLost(root: string): void {
  if (isIndexLost(root))
    fail('E_STORE_DAMAGED', `reading the store ${root}: its ${INDEX_FILE} is missing`, {
      hint: '`strata fsck --repair` restores its last state',
    });
}

/** Under the lock: a process that also finds no index must not replace the one in which another just put a name. */
async function createIndex(store: Store): Promise<void> {
  const { root } = store.paths;
  const target = path.join(root, INDEX_FILE);
  const lock = await holdLock(path.join(root, LOCKS), REFS_LOCK, store);
  try {
    if (isNamed(target)) return;
    checkIndexNotLost(root);
    await recordIndexState(store, EMPTY_INDEX);
    await writeAtomic(target, [EMPTY_INDEX], path.join(root, TEMPORARY), durable(store));
  } finally {
    lock.release();
  }
}
