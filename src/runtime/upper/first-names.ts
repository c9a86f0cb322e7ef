import type { BigIntStats } from 'node:fs';

/** Returns the first path of the inode in this walk, undefined when this is the first or only one. */
export type FirstNames = (stats: BigIntStats, path: string) => string | undefined;

/** Returns what knows the inodes of several names that it was asked of, and forgets each with its last name. */
export function createFirstNames(): FirstNames {
  const several = new Map<string, { readonly path: string; left: bigint }>();
  return (stats, path) => {
    if (stats.nlink < 2n) return undefined;
    const key = `${String(stats.dev)}:${String(stats.ino)}`;
    const known = several.get(key);
    if (known === undefined) {
      several.set(key, { path, left: stats.nlink - 1n });
      return undefined;
    }
    known.left -= 1n;
    if (known.left === 0n) several.delete(key);
    return known.path;
  };
}
