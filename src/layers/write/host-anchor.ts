import { closeSync, constants, openSync } from 'node:fs';
import { encodeName } from '../../model/name.js';
import { hostPath, type HostPath } from './host-write.js';

/** PATH_MAX of Linux, its final NUL counted. */
const PATH_MAX = 4096;
const HALF = PATH_MAX / 2;
const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;

/** Gives paths below one directory that was made here. */
export interface Anchor {
  /**
   * Returns the host's path of a clean name, '' or `/a/b`, below the root. A name of up to 4095 bytes, which behind the
   * root is more than one call takes, is reached through a directory half-way, which must be there. The path holds
   * until the next call.
   */
  at(name: string): HostPath;
  close(): void;
}

export function createAnchor(root: string): Anchor {
  let open: { readonly name: string; readonly descriptor: number } | undefined;
  const close = (): void => {
    if (open !== undefined) closeSync(open.descriptor);
    open = undefined;
  };
  return {
    at(name) {
      // A name has at most three bytes per UTF-16 unit.
      if (root.length + name.length * 3 < PATH_MAX) return hostPath(root + name);
      const bytes = Buffer.from(encodeName(name));
      if (Buffer.byteLength(root) + bytes.length < PATH_MAX) return hostPath(root + name);
      const slash = bytes.lastIndexOf('/', HALF);
      const above = bytes.subarray(0, slash);
      const key = above.toString('latin1');
      if (open?.name !== key) {
        close();
        const path = Buffer.concat([Buffer.from(root), above]);
        open = { name: key, descriptor: openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) };
      }
      return Buffer.concat([Buffer.from(`/proc/self/fd/${String(open.descriptor)}`), bytes.subarray(slash)]);
    },
    close,
  };
}
