import { statSync } from 'node:fs';
import { isAbsent } from './failure.js';

/** Returns whether something is there; what cannot be looked at is not taken for gone: throws what the file system throws. */
export function exists(file: string): boolean {
  try {
    statSync(file);
    return true;
  } catch (thrown) {
    if (isAbsent(thrown)) return false;
    throw thrown;
  }
}
