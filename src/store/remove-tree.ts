import { spawn } from 'node:child_process';
import { rm, rmdir } from 'node:fs/promises';
import { removeBelow } from '../io/remove-below.js';
import { errnoOf } from './failure.js';

/**
 * Removes a file or a tree; what is not there is no error. Also one whose directories forbid their owner to enter them, as
 * layers have them, and one that is deeper than a path may be long (PATH_MAX), as containers can make it. Throws what the
 * file system throws.
 */
export async function removeTree(place: string): Promise<void> {
  try {
    await rm(place, { recursive: true, force: true });
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENAMETOOLONG') await removeDeep(place, thrown);
    else if (errnoOf(thrown) === 'EACCES') await removeClosed(place);
    else throw thrown;
  }
}

async function removeClosed(directory: string): Promise<void> {
  removeBelow(directory);
  await rmdir(directory);
}

/** By descriptors and without recursion: rm(1) of coreutils. */
function removeDeep(place: string, why: unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('rm', ['-rf', '--one-file-system', '--', place], { stdio: 'ignore' });
    child.on('error', reject);
    child.on('close', (status) => {
      if (status === 0) resolve();
      else reject(why instanceof Error ? why : new Error(String(why)));
    });
  });
}
