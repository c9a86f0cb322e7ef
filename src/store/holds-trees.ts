import { readdirSync } from 'node:fs';
import path from 'node:path';
import { CONTAINERS, TEMPORARY, UNPACKED } from './layout-names.js';

/**
 * True when a store has containers or unpacked layers, or what is left of some: their files belong to all the users that an
 * image has.
 */
export function holdsTrees(root: string): boolean {
  return [CONTAINERS, UNPACKED, TEMPORARY].some((folder) => {
    try {
      return readdirSync(path.join(root, folder), { withFileTypes: true }).some((one) => one.isDirectory());
    } catch {
      return false;
    }
  });
}
