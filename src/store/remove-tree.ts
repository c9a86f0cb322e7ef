import { spawn } from 'node:child_process';
import { opendirSync, rmdirSync, unlinkSync } from 'node:fs';
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
    if (!removedFew(place)) await rm(place, { recursive: true, force: true });
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENAMETOOLONG') await removeDeep(place, thrown);
    else if (errnoOf(thrown) === 'EACCES') await removeClosed(place);
    else throw thrown;
  }
}

/** Entries of a directory that are removed sooner than another thread is woken for each of them. */
const FEW = 50;

/** Removes a tree of small directories; false when it is something else, or not all of it is gone. */
function removedFew(directory: string): boolean {
  try {
    for (const { name, isDirectory } of fewEntries(directory)) {
      const below = `${directory}/${name}`;
      if (!isDirectory) unlinkSync(below);
      else if (!removedFew(below)) return false;
    }
    // Fails where there were more.
    rmdirSync(directory);
    return true;
  } catch {
    return false;
  }
}

function fewEntries(place: string): readonly { readonly name: string; readonly isDirectory: boolean }[] {
  const entries = [];
  const directory = opendirSync(place);
  try {
    for (
      let entry = directory.readSync();
      entry !== null && entries.length < FEW;
      entry = directory.readSync()
    )
      entries.push({ name: entry.name, isDirectory: entry.isDirectory() });
  } finally {
    directory.closeSync();
  }
  return entries;
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
