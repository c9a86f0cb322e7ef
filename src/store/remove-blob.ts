import { lstat, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { syncDirectory } from './atomic.js';
import { moveAside } from './move-aside.js';
import type { Store } from './store.js';

/**
 * Removes the file of a blob unless it is gone, or was stored or asked for since `youngest` (milliseconds since 1970);
 * returns whether it did. Throws what the file system throws.
 *
 * Another process may store the same blob again, or ask to keep it, between a look at its age and its removal. So it
 * is first moved away, then looked at, and moved back when it is young: its name tells its bytes, so putting it back is
 * right whatever happened meanwhile.
 */
export async function removeBlob(store: Store, file: string, youngest: number): Promise<boolean> {
  const aside = await moveAside(store, file);
  if (aside === undefined) return false;
  if ((await lstat(aside)).mtimeMs > youngest) {
    await rename(aside, file);
    await syncDirectory(path.dirname(file));
    return false;
  }
  await rm(aside, { force: true });
  return true;
}
