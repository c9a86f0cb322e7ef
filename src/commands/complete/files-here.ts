import { type Dirent, readdirSync, statSync } from 'node:fs';
import { decodeName } from '../../model/name.js';
import type { Candidate } from './candidates.js';

/** Returns the files of the current directory whose names begin so, as they are typed; none for what has a slash. */
export function filesHere(typed: string): readonly Candidate[] {
  if (typed.includes('/')) return [];
  return entriesHere().flatMap((entry) => {
    const name = decodeName(entry.name);
    if (!name.startsWith(typed)) return [];
    return [leadsToDirectory(entry) ? { text: `${name}/`, open: true } : { text: name }];
  });
}

/** None where the directory cannot be read, or is gone. */
function entriesHere(): readonly Dirent<Buffer>[] {
  try {
    return readdirSync('.', { withFileTypes: true, encoding: 'buffer' });
  } catch {
    return [];
  }
}

function leadsToDirectory(entry: Dirent<Buffer>): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  try {
    return statSync(entry.name, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    return false;
  }
}
