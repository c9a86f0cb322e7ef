import { fstatSync, readSync } from 'node:fs';
import { fail } from '../../model/error.js';
import { decodeName } from '../../model/name.js';
import type { UserFiles } from '../spec/users.js';
import { readInside } from '../sys/read-inside.js';

/** Bytes that /etc/passwd and /etc/group may have, as in moby/sys (CVE-2024-9676, CVE-2026-47262). */
const LIMIT = 1024 * 1024;

/**
 * Reads who is known in the file system of the descriptor `root`, as it is now; no link leads out of it. Throws E_LIMIT
 * for a file over 1 MiB.
 */
export function readUserFiles(root: number): UserFiles {
  return { passwd: readText(root, '/etc/passwd'), group: readText(root, '/etc/group') };
}

function readText(root: number, path: string): string | undefined {
  return readInside(root, path, (descriptor) => {
    const stats = fstatSync(descriptor);
    if (stats.size > LIMIT)
      fail(
        'E_LIMIT',
        `reading the container's ${path}: ${String(stats.size)} bytes, over the limit of 1 MiB`,
      );
    // No more than its size: files of /proc have none.
    const bytes = Buffer.alloc(stats.size);
    let length = 0;
    while (length < bytes.length) {
      const count = readSync(descriptor, bytes, length, bytes.length - length, null);
      if (count === 0) break;
      length += count;
    }
    return decodeName(bytes.subarray(0, length));
  });
}
