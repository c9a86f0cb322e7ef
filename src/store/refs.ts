import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { readRegular, UnfitFileError } from '../io/regular-file.js';
import { fail } from '../model/error.js';
import { writeAtomic } from './atomic.js';
import { failStore, failStoreRead, isAbsent } from './failure.js';
import { checkIndexNotLost, durable, recordIndexState } from './layout.js';
import { DOCUMENT_LIMIT, INDEX_FILE, REFS, REFS_LOCK, stateName, TEMPORARY } from './layout-names.js';
import { withLock } from './lock.js';
import type { LockOptions } from './lock-file.js';
import { reach } from './reach.js';
import { parseRefIndex, type RefIndex, serializeRefIndex, type StoreRef } from './ref.js';
import type { Store } from './store.js';

const NO_INDEX: RefIndex = { refs: [], json: { schemaVersion: 2, manifests: [] } };

/**
 * Returns the references of the store in the order of index.json; none when the store does not exist yet. Throws
 * E_STORE_DAMAGED when index.json is malformed or was lost, E_STORE when it cannot be read.
 */
export function readRefs(store: Store): Promise<readonly StoreRef[]> {
  return new Promise((resolve) => {
    resolve(readIndex(store).index.refs);
  });
}

/**
 * Replaces the references of the store by what `change` makes of them, and returns those. Runs under the store's lock;
 * index.json is the old or the new one at every moment, and survives a power loss on return. Throws E_BLOB_MISSING when
 * a new reference does not reach all its blobs (so blobs come first), E_LOCKED, E_STORE_DAMAGED, E_STORE, E_UNWRITABLE,
 * E_DISK_FULL.
 */
export function updateRefs(
  store: Store,
  change: (refs: readonly StoreRef[]) => readonly StoreRef[],
  options: LockOptions = {},
): Promise<readonly StoreRef[]> {
  const doing = `updating the references of the store ${store.paths.root}`;
  return withLock(
    store,
    REFS_LOCK,
    async (lock) => {
      const { bytes, index } = readIndex(store);
      const refs = change(index.refs);
      const known = new Set(index.refs.map((ref) => ref.digest));
      await checkReach(
        store,
        refs.filter((ref) => !known.has(ref.digest)),
        doing,
      );
      const next = serializeRefIndex(index, refs);
      if (bytes !== undefined && Buffer.compare(bytes, next) === 0) return refs;
      try {
        // Another program may have written the present one: keep it too.
        if (bytes !== undefined && !(await isRecorded(store, bytes))) await recordIndexState(store, bytes);
        await recordIndexState(store, next);
        lock.check();
        const { root } = store.paths;
        await writeAtomic(path.join(root, INDEX_FILE), [next], path.join(root, TEMPORARY), durable(store));
      } catch (thrown) {
        failStore(doing, thrown);
      }
      return refs;
    },
    options,
  );
}

/** The bytes are undefined where there is no index.json yet; one that was lost is an error. */
function readIndex(store: Store): { readonly bytes: Uint8Array | undefined; readonly index: RefIndex } {
  const bytes = readIndexFile(store);
  if (bytes !== undefined) return { bytes, index: parseRefIndex(bytes, indexFile(store)) };
  checkIndexNotLost(store.paths.root);
  return { bytes, index: NO_INDEX };
}

/** Returns the bytes of index.json, undefined when there is none. Throws E_STORE, E_STORE_DAMAGED. */
export function readIndexFile(store: Store): Uint8Array | undefined {
  const file = indexFile(store);
  try {
    return readRegular(file, DOCUMENT_LIMIT);
  } catch (thrown) {
    if (isAbsent(thrown)) return undefined;
    if (thrown instanceof UnfitFileError)
      return fail('E_STORE_DAMAGED', `reading ${file}: ${thrown.message}`, {
        hint: '`strata fsck --repair` restores its last state',
      });
    return failStoreRead(`reading ${file}`, thrown);
  }
}

function indexFile(store: Store): string {
  return path.join(store.paths.root, INDEX_FILE);
}

/** Returns whether this state of index.json was written by strata. */
export async function isRecorded(store: Store, bytes: Uint8Array): Promise<boolean> {
  return lstat(path.join(store.paths.root, REFS, stateName(bytes))).then(
    () => true,
    () => false,
  );
}

async function checkReach(store: Store, added: readonly StoreRef[], doing: string): Promise<void> {
  const { problems } = await reach(store, added);
  for (const { code, digest, detail } of problems) {
    if (code === 'blob-missing') fail('E_BLOB_MISSING', `${doing}: blob ${digest}: ${detail}`);
    if (code === 'blob-size') fail('E_SIZE_MISMATCH', `${doing}: blob ${digest}: ${detail}`);
    if (code === 'blob-digest') fail('E_STORE_DAMAGED', `${doing}: blob ${digest}: ${detail}`);
    if (code === 'blob-unreadable') fail('E_UNREADABLE', `${doing}: blob ${digest}: ${detail}`);
    if (code === 'manifest-invalid') fail('E_MANIFEST', `${doing}: blob ${digest}: ${detail}`);
  }
}
