import { chmodSync, lstatSync, mkdirSync, type Stats } from 'node:fs';
import { fail } from '../../model/error.js';

/**
 * Makes the folder and those above it, in which nobody but that user can do anything afterwards. Throws E_STORE when what is
 * there is somebody else's, or a link.
 */
export function privateFolder(folder: string, uid: number): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  checkPrivate(folder, uid);
  chmodSync(folder, 0o700);
}

/** Throws E_STORE when the folder is there and is somebody else's, or a link: what is in it is not to be believed. */
export function checkPrivate(folder: string, uid: number): void {
  const stats = lstatOf(folder);
  if (stats !== undefined && (!stats.isDirectory() || stats.uid !== uid))
    fail('E_STORE', `running containers in ${folder}: it is not a directory of this user`, {
      hint: 'let its owner remove it, or set XDG_STATE_HOME to a directory of your own',
    });
}

function lstatOf(folder: string): Stats | undefined {
  try {
    return lstatSync(folder);
  } catch {
    return undefined;
  }
}
