import { readdirSync } from 'node:fs';
import { isAbsent } from './failure.js';

/** Returns the names in a directory, sorted; none when it does not exist. Throws what the file system throws. */
export function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).sort();
  } catch (thrown) {
    if (isAbsent(thrown)) return [];
    throw thrown;
  }
}
