import { lstat, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { StrataError } from '../model/error.js';
import { createDirectory, writeAtomic } from './atomic.js';
import { isAbsent } from './failure.js';
import { type FsckRun, quarantine, quarantineLost } from './fsck-run.js';
import { namesIn } from './names-in.js';
import { durable, EMPTY_INDEX, ensureLayout, isIndexLost, recordIndexState } from './layout.js';
import {
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

  const text = await readFile(path.join(root, LAYOUT_FILE), 'utf8').catch((thrown: unknown) => {
    if (isAbsent(thrown)) return undefined;
    throw thrown;
  });
  const expected = text === undefined ? !hasBlobs && !names.includes(INDEX_FILE) : isLayoutFile(text);
  if (!expected)
    await run.found('layout-damaged', path.join(root, LAYOUT_FILE), `it is not ${LAYOUT_TEXT}`, async () => {
      const temporary = path.join(root, TEMPORARY);
      await createDirectory(temporary, true);
      await writeAtomic(path.join(root, LAYOUT_FILE), [Buffer.from(LAYOUT_TEXT)], temporary, durable(store));
    });
}

/** Checks index.json and its kept former states; returns the references there are afterwards. */
export async function checkIndex(run: FsckRun): Promise<readonly StoreRef[]> {
  const { store } = run;
  const file = path.join(store.paths.root, INDEX_FILE);
  let refs: readonly StoreRef[] | undefined;
  try {
    const bytes = await readIndexFile(store);
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
  const repaired = await readIndexFile(store);
  try {
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
    if (await isIntactState(file)) continue;
    await run.found('state-damaged', file, 'its bytes are not those of its name', () =>
      quarantine(run.store, file),
    );
  }
}

/** Puts the youngest intact former state in the place of index.json; without one, an empty index. */
async function restoreIndex(store: Store): Promise<void> {
  const { root } = store.paths;
  let youngest: { readonly bytes: Uint8Array; readonly mtimeMs: number } | undefined;
  for (const name of namesIn(path.join(root, REFS))) {
    const file = path.join(root, REFS, name);
    if (!(await isIntactState(file))) continue;
    const { mtimeMs } = await lstat(file);
    if (youngest === undefined || mtimeMs > youngest.mtimeMs)
      youngest = { bytes: await readFile(file), mtimeMs };
  }
  const bytes = youngest?.bytes ?? EMPTY_INDEX;
  for (const folder of [TEMPORARY, REFS]) await createDirectory(path.join(root, folder), true);
  await recordIndexState(store, bytes);
  await writeAtomic(path.join(root, INDEX_FILE), [bytes], path.join(root, TEMPORARY), durable(store));
  store.session.layoutReady = undefined;
  await ensureLayout(store);
}

async function isIntactState(file: string): Promise<boolean> {
  try {
    const bytes = await readFile(file);
    parseRefIndex(bytes, file);
    return path.basename(file) === stateName(bytes);
  } catch {
    return false;
  }
}
