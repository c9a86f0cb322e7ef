import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { errnoOf } from './failure.js';

/**
 * Removes a file or a tree, on this file system only; what is not there is no error. Also a tree that is deeper than a
 * path may be long (PATH_MAX), which a container can make and only descriptors get through: rm(1) of coreutils does so.
 * Throws what the file system throws.
 */
export async function removeTree(place: string): Promise<void> {
  try {
    await rm(place, { recursive: true, force: true });
  } catch (thrown) {
    if (errnoOf(thrown) !== 'ENAMETOOLONG') throw thrown;
    await removeDeep(place, thrown);
  }
}

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
