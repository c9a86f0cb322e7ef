import { stat } from 'node:fs/promises';
import { fail } from '../model/error.js';

/**
 * Throws E_STORE when the store's place is a regular file: it is none, and nothing that names it means an empty one. A
 * device is one that keeps nothing.
 */
export async function checkIsNotAFile(root: string): Promise<void> {
  const stats = await stat(root).catch(() => undefined);
  if (stats?.isFile() === true)
    fail('E_STORE', `opening the store ${root}: it is a file, not a directory`, {
      hint: 'set STRATA_STORE to a directory, or to one that is not there yet',
    });
}
