import { closeSync } from 'node:fs';
import { SystemCallError } from './libc.js';
import { O_PATH, openInside } from './open-inside.js';
import { openRegular } from './open-regular.js';

/**
 * Returns what `use` makes of a descriptor of the regular file at `path` below the directory `root`, out of which no link
 * leads; undefined where there is none.
 */
export function readInside<T>(root: number, path: string, use: (descriptor: number) => T): T | undefined {
  let found: number;
  try {
    found = openInside(root, path, O_PATH);
  } catch (thrown) {
    if (thrown instanceof SystemCallError) return undefined;
    throw thrown;
  }
  const descriptor = openRegular(found);
  if (descriptor === undefined) return undefined;
  try {
    return use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
