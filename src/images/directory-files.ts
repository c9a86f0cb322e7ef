import { closeSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { openRegular, UnfitFileError } from '../io/regular-file.js';
import { fail } from '../model/error.js';
import { errnoOf, failFile } from './failure.js';
import type { Files } from './files.js';

/** What to do about a link where none may be. */
export const LINK_HINT = 'links inside a layout are never followed; `cp -rL` makes a copy without them';

/**
 * Returns the files below a directory. Nothing below it may be a symbolic link: the kernel would follow it anywhere
 * (CVE-2024-3727 and its kin). The directory itself may be one, since the user named it.
 */
export function directoryFiles(directory: string, name: string): Files {
  return {
    name,
    async find(relative) {
      const doing = `reading '${path.join(name, relative)}'`;
      const refuse = (why: string, isLink: boolean): never =>
        fail('E_MANIFEST', `${doing}: ${why}`, isLink ? { hint: LINK_HINT } : {});
      const parts = relative.split('/');
      if (parts.some((part) => part === '' || part === '.' || part === '..'))
        refuse('it is outside the image', false);
      try {
        for (let depth = 1; depth < parts.length; depth++) {
          const parent = await lstat(path.join(directory, ...parts.slice(0, depth)));
          if (parent.isSymbolicLink()) refuse('it is below a symbolic link', true);
        }
        const absolute = path.join(directory, ...parts);
        const { descriptor, stats } = openRegular(absolute);
        closeSync(descriptor);
        return { path: absolute, offset: 0, length: stats.size };
      } catch (thrown) {
        if (thrown instanceof UnfitFileError) return refuse(thrown.message, thrown.isLink);
        const errno = errnoOf(thrown);
        if (errno === 'ENOENT' || errno === 'ENOTDIR') return undefined;
        return failFile(doing, thrown);
      }
    },
  };
}
