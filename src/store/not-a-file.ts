import { statSync } from 'node:fs';
import path from 'node:path';
import { fail } from '../model/error.js';
import { errnoOf } from './failure.js';

/**
 * Throws E_STORE when the store's place, or one on the way to it, is a regular file: it is none, and nothing that names it
 * means an empty one. A device is one that keeps nothing.
 */
export function checkIsNotAFile(root: string): void {
  const file = fileOnTheWay(root);
  if (file !== undefined)
    fail('E_STORE', `opening the store ${root}: ${file === root ? 'it' : file} is a file, not a directory`, {
      hint: 'set STRATA_STORE to a directory, or to one that is not there yet',
    });
}

function fileOnTheWay(place: string): string | undefined {
  try {
    return statSync(place).isFile() ? place : undefined;
  } catch (thrown) {
    return errnoOf(thrown) === 'ENOTDIR' ? fileOnTheWay(path.dirname(place)) : undefined;
  }
}
