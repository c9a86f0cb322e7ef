import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { CACHE_TAG_FILE, CACHE_TAG_TEXT } from './derived.js';
import { openTrailer } from './derived-format.js';
import type { FsckRun } from './fsck-run.js';
import { listDerived } from './inventory.js';

/** Checks that every derived file is whole and where it belongs; returns how many were looked at. */
export async function checkDerived(run: FsckRun): Promise<number> {
  await checkTag(run);
  const files = await listDerived(run.store);
  for (const { folder, file, bytes, state } of files) {
    run.checkpoint();
    if (state === 'stray') await run.found('stray-file', file, 'it is not named as derived data is');
    else if (state === 'old')
      await run.found('derived-old', file, `${bytes} bytes`, () => rm(file, { force: true }));
    else if (!(await isIntact(file, `${folder}/${path.basename(file)}`)))
      await run.found('derived-damaged', file, 'its bytes are not those that were written', () =>
        rm(file, { force: true }),
      );
  }
  return files.length;
}

async function checkTag(run: FsckRun): Promise<void> {
  const file = path.join(run.store.paths.cache, CACHE_TAG_FILE);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text !== undefined && text !== CACHE_TAG_TEXT)
    await run.found('derived-damaged', file, 'it is not the cache directory tag', () =>
      rm(file, { force: true }),
    );
}

/** True also for a file that has just been pruned. */
async function isIntact(file: string, what: string): Promise<boolean> {
  const bytes = await readFile(file).catch(() => undefined);
  return bytes === undefined || openTrailer(bytes, what) !== undefined;
}
