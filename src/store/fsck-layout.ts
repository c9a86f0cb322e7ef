import { lstatSync } from 'node:fs';
import { lstat, rm } from 'node:fs/promises';
import path from 'node:path';
import { readRegular, UnfitFileError } from '../io/regular-file.js';
import { StrataError } from '../model/error.js';
import { createDirectory, writeAtomic } from './atomic.js';
import { isNamed } from './exists.js';
import { isAbsent } from './failure.js';
import { type FsckRun, putAside, quarantine, quarantineLost } from './fsck-run.js';
import { namesIn } from './names-in.js';
import { durable, EMPTY_INDEX, ensureLayout, isIndexLost, recordIndexState } from './layout.js';
import {
  DOCUMENT_LIMIT,
  FOLDERS,
  INDEX_FILE,
  isLayoutFile,
  LAYOUT_FILE,
  LAYOUT_TEXT,
  LOCKS,
  QUARANTINE,
  REFS,
  stateName,
  TEMPORARY,
} from './layout-names.js';
import { readClaims } from './lock-file.js';
import { parseRefIndex, type StoreRef } from './ref.js';
import { isRecorded, readIndexFile } from './refs.js';
import { removeTree } from './remove-tree.js';
import type { Store } from './store.js';
import { readTemporary } from './temporary.js';

/** Checks oci-layout and what else stands in the root. */
export async function checkLayout(run: FsckRun, hasBlobs: boolean): Promise<void> {
  const { store } = run;
  const { root } = store.paths;
  const names = namesIn(root);
  for (const name of names)
    if (!FOLDERS.has(name) && name !== LAYOUT_FILE && name !== INDEX_FILE)
      await run.found('stray-file', path.join(root, name), 'strata does not know it and leaves it alone');
  if (names.length > 0 && ((await lstat(root)).mode & 0o077) !== 0)
    await run.found('open-to-others', root, 'the permissions of the directory let other users in');

  const file = path.join(root, LAYOUT_FILE);
  const why = whyNoLayout(file, !hasBlobs && !names.includes(INDEX_FILE));
  if (why !== undefined)
    await run.found('layout-damaged', file, why, async () => {
      const temporary = path.join(root, TEMPORARY);
      await createDirectory(temporary, true);
      if (lstatSync(file, { throwIfNoEntry: false })?.isFile() === false) await putAside(store, file);
      await writeAtomic(file, [Buffer.from(LAYOUT_TEXT)], temporary, durable(store));
    });
}

function whyNoLayout(file: string, mayMiss: boolean): string | undefined {
  try {
    if (isLayoutFile(readRegular(file, DOCUMENT_LIMIT).toString())) return undefined;
  } catch (thrown) {
    if (thrown instanceof UnfitFileError) return thrown.message;
    if (!isAbsent(thrown)) throw thrown;
    if (mayMiss) return undefined;
  }
  return `it is not ${LAYOUT_TEXT}`;
}

/** Checks index.json and its kept former states; returns the references there are afterwards. */
export async function checkIndex(run: FsckRun): Promise<readonly StoreRef[]> {
  const { store } = run;
  const file = path.join(store.paths.root, INDEX_FILE);
  let refs: readonly StoreRef[] | undefined;
  try {
    const bytes = readIndexFile(store);
    if (bytes === undefined) {
      if (isIndexLost(store.paths.root))
        await run.found('index-missing', file, 'it is not there', async () => {
          await quarantineLost(store, file);
          await restoreIndex(store);
        });
    } else {
      refs = parseRefIndex(bytes, file).refs;
      if (!(await isRecorded(store, bytes)))
        await run.found('index-foreign', file, 'strata did not write it so', async () => {
          await ensureLayout(store);
          await recordIndexState(store, bytes);
        });
    }
  } catch (thrown) {
    if (!(thrown instanceof StrataError) || thrown.code !== 'E_STORE_DAMAGED') throw thrown;
    await run.found('index-damaged', file, thrown.message, async () => {
      await quarantine(store, file);
      await restoreIndex(store);
    });
  }
  await checkStates(run);
  if (refs !== undefined) return refs;
  try {
    const repaired = readIndexFile(store);
    return repaired === undefined ? [] : parseRefIndex(repaired, file).refs;
  } catch {
    return [];
  }
}

/** Reports what killed processes left, and what a repair set aside. */
export async function checkLeftovers(run: FsckRun): Promise<void> {
  const { store } = run;
  const { root, cache } = store.paths;
  for (const folder of [path.join(root, TEMPORARY), path.join(cache, TEMPORARY)])
    for (const { file, bytes, state } of await readTemporary(folder, store.owner)) {
      if (state === 'stray') await run.found('stray-file', file, `${bytes} bytes`);
      else if (state === 'dead')
        await run.found('tmp-leftover', file, `${bytes} bytes`, () => removeTree(file));
    }
  for (const { file, owner, abandoned } of readClaims(path.join(root, LOCKS), store.owner))
    if (abandoned)
      await run.found('lock-stale', file, `of process ${owner.pid}`, () => rm(file, { force: true }));
  const aside = namesIn(path.join(root, QUARANTINE));
  if (aside.length > 0)
    await run.found(
      'quarantined',
      path.join(root, QUARANTINE),
      `put aside: ${String(aside.length)}; delete what is not needed`,
    );
}

async function checkStates(run: FsckRun): Promise<void> {
  const { root } = run.store.paths;
  for (const name of namesIn(path.join(root, REFS))) {
    const file = path.join(root, REFS, name);
    const state = readState(file);
    if (typeof state === 'string')
      await run.found('state-damaged', file, state, () => quarantine(run.store, file));
  }
}

/** Puts the youngest intact former state in the place of index.json; without one, an empty index. */
async function restoreIndex(store: Store): Promise<void> {
  const { root } = store.paths;
  let youngest: { readonly bytes: Uint8Array; readonly mtimeMs: number } | undefined;
  for (const name of namesIn(path.join(root, REFS))) {
    const file = path.join(root, REFS, name);
    const bytes = readState(file);
    if (typeof bytes === 'string') continue;
    const { mtimeMs } = await lstat(file);
    if (youngest === undefined || mtimeMs > youngest.mtimeMs) youngest = { bytes, mtimeMs };
  }
  const bytes = youngest?.bytes ?? EMPTY_INDEX;
  for (const folder of [TEMPORARY, REFS]) await createDirectory(path.join(root, folder), true);
  const state = path.join(root, REFS, stateName(bytes));
  // A directory in its place could not be replaced.
  if (youngest === undefined && isNamed(state)) await putAside(store, state);
  await recordIndexState(store, bytes);
  await writeAtomic(path.join(root, INDEX_FILE), [bytes], path.join(root, TEMPORARY), durable(store));
  store.session.layoutReady = undefined;
  await ensureLayout(store);
}

/** Returns the bytes of a kept state of index.json, or why they are none. */
function readState(file: string): Uint8Array | string {
  try {
    const bytes = readRegular(file, DOCUMENT_LIMIT);
    parseRefIndex(bytes, file);
    if (path.basename(file) === stateName(bytes)) return bytes;
  } catch (thrown) {
    if (thrown instanceof UnfitFileError) return thrown.message;
  }
  return 'its bytes are not those of its name';
}
