import { chmod, lstat, mkdir } from 'node:fs/promises';
import { fail } from '../../model/error.js';

/**
 * Makes the folder, in which nobody but that user can do anything afterwards. Throws E_STORE when what is there is somebody
 * else's, or a link: /tmp is open to all.
 */
export async function privateFolder(folder: string, uid: number): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST')) throw thrown;
  }
  const stats = await lstat(folder);
  if (!stats.isDirectory() || stats.uid !== uid)
    fail('E_STORE', `running containers in ${folder}: it is not a directory of this user`, {
      hint: 'let its owner remove it, or set XDG_RUNTIME_DIR to a directory of your own',
    });
  if ((stats.mode & 0o777) !== 0o700) await chmod(folder, 0o700);
}
