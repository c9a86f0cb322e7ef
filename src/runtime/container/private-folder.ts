import { chmod, lstat, mkdir } from 'node:fs/promises';
import { fail } from '../../model/error.js';

/**
 * Makes the folder and those above it, in which nobody but that user can do anything afterwards. Throws E_STORE when what is
 * there is somebody else's, or a link.
 */
export async function privateFolder(folder: string, uid: number): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await checkPrivate(folder, uid);
  await chmod(folder, 0o700);
}

/** Throws E_STORE when the folder is there and is somebody else's, or a link: what is in it is not to be believed. */
export async function checkPrivate(folder: string, uid: number): Promise<void> {
  const stats = await lstat(folder).catch(() => undefined);
  if (stats !== undefined && (!stats.isDirectory() || stats.uid !== uid))
    fail('E_STORE', `running containers in ${folder}: it is not a directory of this user`, {
      hint: 'let its owner remove it, or set XDG_STATE_HOME to a directory of your own',
    });
}
