import { closeSync, fstatSync, readSync } from 'node:fs';
import { readUserFiles } from '../exec/read-user-files.js';
import { SystemCallError } from '../sys/libc.js';
import { O_PATH, openInside } from '../sys/open-inside.js';
import { openRegular } from '../sys/open-regular.js';
import { HEAD, type Programs } from './find-shell.js';

/** Returns the programs of a running container, of whose root directory `root` is a descriptor; no link leads out of it. */
export function runningPrograms(root: number): Programs {
  const read = <T>(path: string, use: (descriptor: number) => T): T | undefined => {
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
  };
  return {
    users: readUserFiles(root),
    isFile: (path) => read(path, () => true) === true,
    head: (path) =>
      Promise.resolve(
        read(path, (descriptor) => {
          if ((fstatSync(descriptor).mode & 0o111) === 0) return undefined;
          const head = Buffer.alloc(HEAD);
          return head.subarray(0, readSync(descriptor, head, 0, HEAD, 0));
        }),
      ),
  };
}
