import { chmodSync, closeSync, constants, openSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';

/** Half of PATH_MAX of Linux. */
const HALF = 2048;
const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;

/**
 * Removes what is in a directory, however deep and long its paths are; extracted ones may forbid their owner to enter or
 * change them.
 */
export function removeBelow(directory: string | Buffer): void {
  withShortPath(directory, (short) => {
    const prefix = Buffer.concat([Buffer.from(short), Buffer.from('/')]);
    for (const entry of readdirSync(short, { withFileTypes: true, encoding: 'buffer' })) {
      const at = Buffer.concat([prefix, entry.name]);
      if (entry.isDirectory()) {
        chmodSync(at, 0o700);
        removeBelow(at);
        rmdirSync(at);
      } else unlinkSync(at);
    }
  });
}

/** Calls `use` with a short path of a directory. */
function withShortPath(directory: string | Buffer, use: (short: string | Buffer) => void): void {
  if (directory.length < HALF) {
    use(directory);
    return;
  }
  const descriptor = openSync(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    use(`/proc/self/fd/${String(descriptor)}`);
  } finally {
    closeSync(descriptor);
  }
}
