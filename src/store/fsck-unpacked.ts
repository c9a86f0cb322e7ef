import { existsSync } from 'node:fs';
import { readRegular } from '../io/regular-file.js';
import type { FsckRun } from './fsck-run.js';
import { DOCUMENT_LIMIT } from './layout-names.js';
import { isObject } from './ref.js';
import {
  listUnpacked,
  removeUnpacked,
  unpackedFolder,
  unpackedInUse,
  unpackedState,
  unpackedTree,
} from './unpacked-layers.js';

/** The diffID of a layer and what lower ones add to it, both in hexadecimal. */
const NAME = /^[0-9a-f]{64,128}-[0-9a-f]+$/;

/**
 * Checks that every unpacked layer is whole, as far as can be seen without reading it. One that a container uses is never
 * removed.
 */
export async function checkUnpacked(run: FsckRun): Promise<void> {
  const { store } = run;
  const used = await unpackedInUse(store);
  for (const name of await listUnpacked(store)) {
    run.checkpoint();
    const folder = unpackedFolder(store, name);
    if (!NAME.test(name)) {
      await run.found('stray-file', folder, 'it is not named as an unpacked layer is');
      continue;
    }
    const why = whyDamaged(unpackedState(store, name), unpackedTree(store, name));
    if (why === undefined || !existsSync(folder)) continue;
    await (used.has(name)
      ? run.found('derived-damaged', folder, `${why}; a container uses it`)
      : run.found('derived-damaged', folder, why, () => removeUnpacked(store, name)));
  }
}

function whyDamaged(state: string, tree: string): string | undefined {
  if (!existsSync(tree)) return 'its directory is not there';
  try {
    if (isObject(JSON.parse(readRegular(state, DOCUMENT_LIMIT).toString()))) return undefined;
  } catch {
    // Not there, or cut.
  }
  return 'what is kept of it cannot be understood';
}
