import path from 'node:path';
import { readRegular, UnfitFileError } from '../io/regular-file.js';
import { CACHE_TAG_FILE, CACHE_TAG_TEXT } from './derived.js';
import { openTrailer } from './derived-format.js';
import type { FsckRun } from './fsck-run.js';
import { listDerived } from './inventory.js';
import { removeTree } from './remove-tree.js';

/** Checks that every derived file is whole and where it belongs; returns how many were looked at. */
export async function checkDerived(run: FsckRun): Promise<number> {
  await checkTag(run);
  const files = await listDerived(run.store);
  for (const { folder, file, bytes, state } of files) {
    run.checkpoint();
    if (state === 'stray') await run.found('stray-file', file, 'it is not named as derived data is');
    else if (state === 'old') await run.found('derived-old', file, `${bytes} bytes`, () => removeTree(file));
    else {
      const why = whyDamaged(
        file,
        (bytes) => openTrailer(bytes, `${folder}/${path.basename(file)}`) !== undefined,
      );
      if (why !== undefined) await run.found('derived-damaged', file, why, () => removeTree(file));
    }
  }
  return files.length;
}

async function checkTag(run: FsckRun): Promise<void> {
  const file = path.join(run.store.paths.cache, CACHE_TAG_FILE);
  const why = whyDamaged(file, (bytes) => bytes.equals(Buffer.from(CACHE_TAG_TEXT)));
  if (why !== undefined) await run.found('derived-damaged', file, why, () => removeTree(file));
}

/** Undefined also for a file that has just been pruned, or may not be read. */
function whyDamaged(file: string, isIntact: (bytes: Buffer) => boolean): string | undefined {
  try {
    return isIntact(readRegular(file, Infinity)) ? undefined : 'its bytes are not those that were written';
  } catch (thrown) {
    return thrown instanceof UnfitFileError ? thrown.message : undefined;
  }
}
