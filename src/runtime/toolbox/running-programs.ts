import { fstatSync, readSync } from 'node:fs';
import { readUserFiles } from '../exec/read-user-files.js';
import { readInside } from '../sys/read-inside.js';
import { HEAD, type Programs } from './find-shell.js';

/** Returns the programs of a running container, of whose root directory `root` is a descriptor; no link leads out of it. */
export function runningPrograms(root: number): Programs {
  return {
    users: readUserFiles(root),
    isFile: (path) => readInside(root, path, () => true) === true,
    head: (path) =>
      Promise.resolve(
        readInside(root, path, (descriptor) => {
          if ((fstatSync(descriptor).mode & 0o111) === 0) return undefined;
          const head = Buffer.alloc(HEAD);
          return head.subarray(0, readSync(descriptor, head, 0, HEAD, 0));
        }),
      ),
  };
}
