import { lstat, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Digest } from '../model/digest.js';
import { failStore, stopIfAborted } from './failure.js';
import { type DerivedFile, listBlobs, listDerived } from './inventory.js';
import { namesIn } from './names-in.js';
import { LAYOUT_FILE, LOCKS, REFS, REFS_LOCK, stateName, TEMPORARY } from './layout-names.js';
import { withLock } from './lock.js';
import { type HeldLock, readClaims } from './lock-file.js';
import { neededBlobs } from './needed.js';
import { listPlainLayers, removePlainLayers } from './prune-plain.js';
import { listUnusedLayers, removeUnusedLayers } from './prune-unpacked.js';
import { removeBlob } from './remove-blob.js';
import { removeTree } from './remove-tree.js';
import { removeEach, type Tally, tallyOf } from './removal.js';
import { readIndexFile } from './refs.js';
import type { Store } from './store.js';
import { readTemporary } from './temporary.js';
import { earliestWriter } from './writing.js';

export interface PruneOptions {
  /** Remove all derived data. */
  readonly all?: boolean;
  /** Remove derived data not used for so many milliseconds; 30 days unless given. */
  readonly olderThan?: number;
  /** Remove the least recently used derived data until at most so many bytes are left. */
  readonly maxBytes?: number;
  /** How old an unreferenced blob must be, in milliseconds; a day unless given: its image may be on its way. */
  readonly grace?: number;
  /** Blobs that something else than a reference needs. */
  readonly needed?: ReadonlySet<Digest>;
  /** Remove nothing, report what would be. */
  readonly dryRun?: boolean;
}

export interface PruneReport {
  /** Blobs that no reference reaches. */
  readonly blobs: Tally;
  /** Those that stay because they are too young, or may be of an image that is being stored. */
  readonly youngBlobs: Tally;
  readonly derived: Tally;
  /** Plain tars of layers, which are derived data too, that no container holds. */
  readonly plain: Tally;
  /** Layers as directories, which are derived data too, that no container uses. */
  readonly unpacked: Tally;
  /** Derived data of other format versions. */
  readonly oldVersions: Tally;
  /** What killed processes left: half-written files and locks. */
  readonly leftovers: Tally;
  /** Former states of index.json. */
  readonly states: Tally;
  /** The sum of all, in bytes. */
  readonly bytes: number;
  /** Why no blobs were removed although some may be unreferenced; undefined when nothing was in the way. */
  readonly blobsKept: string | undefined;
  readonly dryRun: boolean;
}

const DAY = 24 * 3600_000;
const STATES_KEPT = 10;

/**
 * Removes what the store can do without and returns how much. Never removes what a reference reaches or is needed, nor a blob that
 * was stored or asked for within the grace period or while somebody stores an image, nor any blob at all while it is not certain what is needed. Safe beside
 * other processes. Throws E_LOCKED, E_STORE, E_STORE_DAMAGED, E_UNWRITABLE, E_INTERRUPTED.
 */
export async function prune(store: Store, options: PruneOptions = {}): Promise<PruneReport> {
  const dryRun = options.dryRun === true;
  try {
    const files = await listDerived(store);
    const old = files.filter((file) => file.state === 'old');
    const oldVersions = await remove(store, old, dryRun);
    for (const folder of dryRun ? [] : new Set(old.map((file) => file.folder)))
      await rm(path.join(store.paths.cache, folder), { recursive: true, force: true });
    const present = files.filter((file) => file.state === 'present');
    const tars = await listPlainLayers(store);
    const unused = await listUnusedLayers(store);
    const doomed = new Set(dispensable([...present, ...tars, ...unused], options));
    const derived = await remove(
      store,
      present.filter((file) => doomed.has(file)),
      dryRun,
    );
    const plain = await removePlainLayers(
      store,
      tars.filter((tar) => doomed.has(tar)),
      dryRun,
    );
    const unpacked = await removeUnusedLayers(
      store,
      unused.filter((layer) => doomed.has(layer)),
      dryRun,
    );
    const leftovers = await remove(store, await abandonedFiles(store), dryRun);
    const rest = isThere(store)
      ? dryRun
        ? await pruneLayout(store, options, undefined)
        : await withLock(store, REFS_LOCK, (lock) => pruneLayout(store, options, lock))
      : { blobs: NOTHING, youngBlobs: NOTHING, states: NOTHING, blobsKept: undefined };
    const bytes = [derived, plain, unpacked, oldVersions, leftovers, rest.blobs, rest.states].reduce(
      (sum, tally) => sum + tally.bytes,
      0,
    );
    return { ...rest, derived, plain, unpacked, oldVersions, leftovers, bytes, dryRun };
  } catch (thrown) {
    return failStore(`pruning the store ${store.paths.root}`, thrown);
  }
}

const NOTHING: Tally = { files: 0, bytes: 0 };

/** Derived data with its last use. */
type Used = Pick<DerivedFile, 'bytes' | 'mtimeMs'>;

interface Removable {
  readonly file: string;
  readonly bytes: number;
}

/** Without a store there is nothing to lock either, and pruning must not create one. */
function isThere(store: Store): boolean {
  return namesIn(store.paths.root).includes(LAYOUT_FILE);
}

/** What to remove of derived data: all, those unused for long, then the least recently used beyond `maxBytes`. */
function dispensable<T extends Used>(files: readonly T[], options: PruneOptions): readonly T[] {
  const present = [...files].sort((a, b) => b.mtimeMs - a.mtimeMs);
  const oldest = Date.now() - (options.olderThan ?? 30 * DAY);
  const room = options.maxBytes ?? Infinity;
  let kept = 0;
  return present.filter(({ mtimeMs, bytes }) => {
    if (options.all === true || mtimeMs < oldest) return true;
    kept += bytes;
    return kept > room;
  });
}

async function abandonedFiles(store: Store): Promise<readonly Removable[]> {
  const { root, cache } = store.paths;
  const found: Removable[] = [];
  for (const folder of new Set([path.join(root, TEMPORARY), path.join(cache, TEMPORARY)]))
    for (const leftover of await readTemporary(folder, store.owner))
      if (leftover.state === 'dead') found.push(leftover);
  for (const claim of readClaims(path.join(root, LOCKS), store.owner))
    if (claim.abandoned) found.push({ file: claim.file, bytes: 0 });
  return found;
}

/** Runs under the lock: no reference can come between looking and removing. */
async function pruneLayout(
  store: Store,
  options: PruneOptions,
  lock: HeldLock | undefined,
): Promise<Pick<PruneReport, 'blobs' | 'youngBlobs' | 'states' | 'blobsKept'>> {
  const { digests, uncertain } = await neededBlobs(store);
  const states = await remove(store, await formerStates(store), lock === undefined);
  if (uncertain !== undefined) return { blobs: NOTHING, youngBlobs: NOTHING, states, blobsKept: uncertain };
  const youngest = Math.min(Date.now() - (options.grace ?? DAY), earliestWriter(store));
  const gone: number[] = [];
  const young: number[] = [];
  for (const blob of (await listBlobs(store)).blobs) {
    if (digests.has(blob.digest) || options.needed?.has(blob.digest) === true) continue;
    if (blob.mtimeMs > youngest) {
      young.push(blob.size);
      continue;
    }
    stopIfAborted(store.signal, 'removing unreferenced blobs');
    lock?.check();
    const stays = lock !== undefined && !(await removeBlob(store, blob.file, youngest));
    if (!stays) gone.push(blob.size);
  }
  return { blobs: tallyOf(gone), youngBlobs: tallyOf(young), states, blobsKept: undefined };
}

async function formerStates(store: Store): Promise<readonly Removable[]> {
  const folder = path.join(store.paths.root, REFS);
  const index = readIndexFile(store);
  const states = [];
  for (const name of namesIn(folder)) {
    const file = path.join(folder, name);
    const stats = await lstat(file).catch(() => undefined);
    if (stats?.isFile() === true && (index === undefined || name !== stateName(index)))
      states.push({ file, bytes: stats.size, mtimeMs: stats.mtimeMs });
  }
  return states.sort((a, b) => b.mtimeMs - a.mtimeMs).slice(STATES_KEPT);
}

function remove(store: Store, files: readonly Removable[], dryRun: boolean): Promise<Tally> {
  return removeEach(store, 'files of the store', files, dryRun, async ({ file }) => {
    await removeTree(file);
    return true;
  });
}
