import { spawn } from 'node:child_process';
import { lstatSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
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

/** Entries of a tree that are removed sooner than another thread is woken for each of them. */
const FEW = 200;
/** Bytes that a directory itself has where it may hold more names than are worth reading at once. */
const LARGE = 64 * 1024;
const SLASH = Buffer.from('/');

/** Removes a directory with few entries below it; false when it is none, or when something of it is left. */
function removedFew(place: string): boolean {
  try {
    return lstatSync(place).isDirectory() && removed(Buffer.from(place), { left: FEW });
  } catch {
    return false;
  }
}

function removed(directory: Buffer, budget: { left: number }): boolean {
  if (lstatSync(directory).size > LARGE) return false;
  // As bytes: the text of a name that is not UTF-8 is another name, which may be there, too, and lead anywhere.
  for (const entry of readdirSync(directory, { withFileTypes: true, encoding: 'buffer' })) {
    if (budget.left-- === 0) return false;
    const below = Buffer.concat([directory, SLASH, entry.name]);
    if (!entry.isDirectory()) unlinkSync(below);
    else if (!removed(below, budget)) return false;
  }
  rmdirSync(directory);
  return true;
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
