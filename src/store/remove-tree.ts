import { spawn } from 'node:child_process';
import { opendirSync, rmSync } from 'node:fs';
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
    if (countEntries(place, FEW) <= FEW) rmSync(place, { recursive: true, force: true });
    else await rm(place, { recursive: true, force: true });
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENAMETOOLONG') await removeDeep(place, thrown);
    else if (errnoOf(thrown) === 'EACCES') await removeClosed(place);
    else throw thrown;
  }
}

/** Entries that are removed sooner than another thread is woken for each of them. */
const FEW = 100;

/** Entries of a tree; a number above `most` when there are more. What cannot be looked into counts as one. */
function countEntries(place: string, most: number): number {
  let count = 1;
  try {
    const directory = opendirSync(place);
    try {
      for (let entry = directory.readSync(); entry !== null && count <= most; entry = directory.readSync())
        count += entry.isDirectory() ? countEntries(`${place}/${entry.name}`, most - count) : 1;
    } finally {
      directory.closeSync();
    }
  } catch {
    // A file, nothing, or a directory that is closed to us.
  }
  return count;
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
