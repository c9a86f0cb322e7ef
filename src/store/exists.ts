import { lstatSync, statSync } from 'node:fs';
import { isAbsent } from './failure.js';

/** Returns whether a name is there, wherever a link of that name leads; throws as {@link exists} does. */
export function isNamed(file: string): boolean {
  return isFound(() => lstatSync(file));
}

/** Returns whether something is there; what cannot be looked at is not taken for gone: throws what the file system throws. */
export function exists(file: string): boolean {
  return isFound(() => statSync(file));
}

function isFound(look: () => unknown): boolean {
  try {
    look();
    return true;
  } catch (thrown) {
    if (isAbsent(thrown)) return false;
    throw thrown;
  }
}
