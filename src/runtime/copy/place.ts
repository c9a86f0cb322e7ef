import { randomBytes } from 'node:crypto';
import { lstatSync, rmdirSync, type Stats, unlinkSync } from 'node:fs';
import { openDirectory } from '../upper/open-directory.js';
import { errnoOf } from './read-tree.js';

/** Returns how names in the directory of a descriptor are written, so that nobody can put another directory in its place. */
export function placeIn(directory: number): (name: Buffer) => Buffer {
  const prefix = Buffer.from(`/proc/self/fd/${String(directory)}/`);
  return (name) => Buffer.concat([prefix, name]);
}

/** Returns a name that nothing has. */
export function temporaryName(): Buffer {
  return Buffer.from(`.strata-${randomBytes(6).toString('hex')}`);
}

/** Returns what is at `place`, no link followed; undefined where nothing is. */
export function statsAt(place: Buffer): Stats | undefined {
  try {
    return lstatSync(place);
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}

export function unlinkIfThere(place: Buffer): void {
  try {
    unlinkSync(place);
  } catch {
    // It has its name, or was never made.
  }
}

/** Removes a directory and all that is in it, no link followed. */
export function removeTree(place: Buffer): void {
  const directory = openDirectory(place);
  try {
    for (const name of directory.names) {
      const below = directory.place(name);
      if (lstatSync(below).isDirectory()) removeTree(below);
      else unlinkSync(below);
    }
  } finally {
    directory.close();
  }
  rmdirSync(place);
}
