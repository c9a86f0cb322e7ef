import { existsSync } from 'node:fs';
import path from 'node:path';
import { readRegular } from '../io/regular-file.js';
import { digestHex, isDigest } from '../model/digest.js';
import { isAbsent } from './failure.js';
import { type FsckRun, quarantine } from './fsck-run.js';
import { namesIn } from './names-in.js';
import { CONTAINERS, DOCUMENT_LIMIT, PLAIN } from './layout-names.js';
import { makerLives, RECORD } from './maker.js';
import { isObject, type JsonObject } from './ref.js';
import { removeTree } from './remove-tree.js';
import { treeBytes } from './tree-bytes.js';
import { unpackedTree } from './unpacked-layers.js';

const ID = /^[0-9a-f]{64}$/;

/**
 * Checks that every container has a record that can be understood, and the files that running and committing it need;
 * returns how many there are.
 */
export async function checkContainers(run: FsckRun): Promise<number> {
  const parent = path.join(run.store.paths.root, CONTAINERS);
  let count = 0;
  for (const name of namesIn(parent)) {
    run.checkpoint();
    const folder = path.join(parent, name);
    if (ID.test(name)) count += await checkContainer(run, folder);
    else await run.found('stray-file', folder, 'it is not named by the id of a container');
  }
  return count;
}

async function checkContainer(run: FsckRun, folder: string): Promise<number> {
  // In this order: the record comes while the process that makes it lives.
  const living = await makerLives(run.store, folder);
  const record = readObject(path.join(folder, RECORD));
  if (record === 'absent') {
    if (!living && existsSync(folder))
      await run.found('container-unfinished', folder, `${await treeBytes(folder)} bytes`, () =>
        removeTree(folder),
      );
    return 0;
  }
  const pinned = readObject(path.join(folder, 'image.json'));
  if (record === 'damaged' || !isRecord(record, path.basename(folder)) || pinned === 'damaged')
    await run.found('container-damaged', folder, 'what is kept of it cannot be understood', () =>
      quarantine(run.store, folder),
    );
  else
    for (const place of missing(run, folder, record, pinned))
      // Its removal may be under way.
      if (existsSync(path.join(folder, RECORD)))
        await run.found(
          'container-layer-missing',
          place,
          `needed by container ${path.basename(folder).slice(0, 12)}`,
        );
  return 1;
}

/** Paths of what the record needs and that is nowhere. */
function missing(
  run: FsckRun,
  folder: string,
  record: JsonObject,
  pinned: JsonObject | 'absent',
): readonly string[] {
  const snapshot = isObject(record.snapshot) ? record.snapshot : {};
  const lost = new Set<string>();
  for (const place of mounted(run, folder, snapshot)) if (!existsSync(place)) lost.add(place);
  // One that is removed at its end is not kept for commits.
  if (record.remove !== true && pinned !== 'absent' && Array.isArray(pinned.layers))
    for (const [i, layer] of (pinned.layers as readonly unknown[]).entries()) {
      // A directory of this machine is the lowest layer itself.
      if (i === 0 && typeof snapshot.directory === 'string') continue;
      if (isObject(layer) && layer.present === true && !hasLayer(run, folder, record, i + 1))
        lost.add(path.join(folder, 'layers', String(i + 1)));
    }
  return [...lost];
}

/** What the snapshot is mounted from, as the record says it. */
function mounted({ store }: FsckRun, folder: string, snapshot: JsonObject): readonly string[] {
  if (snapshot.kind === 'unpacked') {
    const directory = typeof snapshot.directory === 'string' ? [snapshot.directory] : [];
    return [...directory, ...textsOf(snapshot.layers).map((name) => unpackedTree(store, name))];
  }
  const names = [snapshot.image, ...textsOf(snapshot.devices)].filter((name) => typeof name === 'string');
  return names.map((name) => path.join(folder, 'layers', name));
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? (value as readonly unknown[]).filter((one) => typeof one === 'string') : [];
}

function hasLayer(run: FsckRun, folder: string, record: JsonObject, number: number): boolean {
  if (existsSync(path.join(folder, 'layers', String(number)))) return true;
  const diffIDs = isObject(record.image) && Array.isArray(record.image.diffIDs) ? record.image.diffIDs : [];
  const diffID: unknown = diffIDs[number - 1];
  if (typeof diffID !== 'string' || !isDigest(diffID)) return false;
  const [algorithm] = diffID.split(':');
  return existsSync(path.join(run.store.paths.root, PLAIN, algorithm, digestHex(diffID)));
}

function isRecord(record: JsonObject, id: string): boolean {
  const { schemaVersion, name, created, image, engine } = record;
  return (
    schemaVersion === 1 &&
    record.id === id &&
    typeof name === 'string' &&
    typeof created === 'string' &&
    isObject(image) &&
    isObject(engine)
  );
}

function readObject(file: string): JsonObject | 'absent' | 'damaged' {
  try {
    const text = readRegular(file, DOCUMENT_LIMIT).toString();
    // After a power loss: that of a container which would have been removed is not waited for.
    if (text === '') return 'absent';
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : 'damaged';
  } catch (thrown) {
    return isAbsent(thrown) ? 'absent' : 'damaged';
  }
}
