import { closeSync, constants, openSync, readdirSync } from 'node:fs';

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;

/** A directory held open, so that names in it are looked up in it and nowhere else, however long its path is. */
export interface OpenDirectory {
  /** In the order of their bytes. */
  readonly names: readonly Buffer[];
  /** Returns a path of the host for one name; `.` is the directory itself. Good until it is closed. */
  readonly place: (name: Uint8Array) => Buffer;
  readonly close: () => void;
}

/** Opens a directory without following a link at its end. Throws what the system says. */
export function openDirectory(path: string | Buffer): OpenDirectory {
  const descriptor = openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  const self = `/proc/self/fd/${String(descriptor)}`;
  const prefix = Buffer.from(`${self}/`);
  try {
    return {
      names: readdirSync(self, { encoding: 'buffer' }).sort((a, b) => Buffer.compare(a, b)),
      place: (name) => Buffer.concat([prefix, name]),
      close: () => {
        closeSync(descriptor);
      },
    };
  } catch (thrown) {
    closeSync(descriptor);
    throw thrown;
  }
}
