import { readdirSync, readFileSync } from 'node:fs';

/** Returns the names in a directory; none when it cannot be read, whatever the reason. */
export function namesIfAny(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** Returns the text of a file; empty when it cannot be read, whatever the reason. */
export function textIfAny(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
