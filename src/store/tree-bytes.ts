import { lstat, readdir } from 'node:fs/promises';

/** Bytes of a block that lstat(2) counts in, on every file system. */
const BLOCK = 512;

/**
 * Returns how many bytes removing a tree would free: those of files with other names outside stay. What is gone meanwhile,
 * or too deep for a path, is not counted.
 */
export async function treeBytes(place: string): Promise<number> {
  let bytes = 0;
  const waiting = [Buffer.from(place)];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const at = next;
    const stats = await lstat(at).catch(() => undefined);
    if (stats === undefined) continue;
    if (stats.isDirectory())
      for (const name of await readdir(at, { encoding: 'buffer' }).catch(() => []))
        waiting.push(Buffer.concat([at, Buffer.from('/'), name]));
    else if (stats.nlink > 1) continue;
    bytes += stats.blocks * BLOCK;
  }
  return bytes;
}
