import { closeSync, constants, openSync, writeSync } from 'node:fs';

/** A second place for the plain bytes of a layer while they are read for another purpose. */
export interface PlainCopy {
  readonly write: (chunk: Uint8Array) => void;
  /** Ends the writing; true when the file holds all that was given. Again: the same. */
  readonly close: () => boolean;
}

/**
 * Returns a writer into `file`, which must exist and is emptied. It never throws: a copy that cannot be written (a full
 * disk, a file that was taken away) is only not whole, and who needs it writes it again and tells why it cannot be.
 */
export function openPlainCopy(file: string): PlainCopy {
  let descriptor: number | undefined;
  let whole = false;
  const attempt = (deed: () => void): void => {
    try {
      deed();
    } catch {
      whole = false;
    }
  };
  const close = (): boolean => {
    const closing = descriptor;
    descriptor = undefined;
    if (closing !== undefined)
      attempt(() => {
        closeSync(closing);
      });
    return whole;
  };
  attempt(() => {
    descriptor = openSync(file, constants.O_WRONLY | constants.O_TRUNC | constants.O_NOFOLLOW);
    whole = true;
  });
  return {
    write(chunk) {
      const open = descriptor;
      if (open === undefined) return;
      attempt(() => {
        writeWhole(open, chunk);
      });
      if (!whole) close();
    },
    close,
  };
}

function writeWhole(descriptor: number, chunk: Uint8Array): void {
  for (let written = 0; written < chunk.length;)
    written += writeSync(descriptor, chunk, written, chunk.length - written);
}
