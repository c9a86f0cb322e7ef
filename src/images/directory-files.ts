import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import path from 'node:path';
import { fail } from '../model/error.js';
import { errnoOf, failFile } from './failure.js';
import type { Files } from './files.js';

/**
 * Returns the files below a directory. Nothing below it may be a symbolic link: the kernel would follow it anywhere
 * (CVE-2024-3727 and its kin). The directory itself may be one, since the user named it.
 */
export function directoryFiles(directory: string, name: string): Files {
  return {
    name,
    async find(relative) {
      const doing = `reading '${path.join(name, relative)}'`;
      const refuse = (what: string): never =>
        fail('E_MANIFEST', `${doing}: it is ${what}, not a regular file`, {
          hint: 'links inside a layout are never followed; `cp -rL` makes a copy without them',
        });
      const parts = relative.split('/');
      if (parts.some((part) => part === '' || part === '.' || part === '..')) refuse('outside the image');
      try {
        for (let depth = 1; depth < parts.length; depth++) {
          const parent = await lstat(path.join(directory, ...parts.slice(0, depth)));
          if (parent.isSymbolicLink()) refuse('below a symbolic link');
        }
        const absolute = path.join(directory, ...parts);
        const file = await open(absolute, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
        try {
          const stat = await file.stat();
          if (!stat.isFile()) refuse(stat.isDirectory() ? 'a directory' : 'a device or pipe');
          return { path: absolute, offset: 0, length: stat.size };
        } finally {
          await file.close();
        }
      } catch (thrown) {
        const errno = errnoOf(thrown);
        if (errno === 'ENOENT' || errno === 'ENOTDIR') return undefined;
        if (errno === 'ELOOP') refuse('a symbolic link');
        if (errno === 'ENXIO') refuse('a socket or pipe');
        return failFile(doing, thrown);
      }
    },
  };
}
