import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { openPlain } from '../../io/blob.js';
import { createAnomalyLog } from '../../model/anomaly.js';
import type { ByteRange } from '../../model/byte-range.js';
import type { Digest } from '../../model/digest.js';
import type { Compression } from '../../model/image.js';
import type { Limits } from '../../model/limits.js';

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

/** A layer blob of which only the plain tar is wanted. A plain value: it crosses to a worker. */
export interface CopyJob {
  readonly range: ByteRange;
  readonly compression: Compression;
  readonly diffID: Digest;
  readonly limits: Limits;
  /** An empty file for the plain bytes. */
  readonly copyTo: string;
  /** What is read, for errors. */
  readonly what: string;
}

/**
 * Writes the plain tar of a blob; false when the file could not be written, see {@link openPlainCopy}. Throws
 * E_DIGEST_MISMATCH when it is another than the diffID says, E_COMPRESSION, E_LIMIT, E_UNREADABLE, E_INTERRUPTED.
 */
export async function copyPlain(
  { copyTo, ...blob }: CopyJob,
  watch: {
    readonly onStored?: (count: number) => void;
    readonly onPlain?: (count: number) => void;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<boolean> {
  const { onStored, signal } = watch;
  const copy = openPlainCopy(copyTo);
  try {
    for await (const chunk of openPlain({
      ...blob,
      anomalies: createAnomalyLog(),
      lend: true,
      onStored,
      signal,
    })) {
      watch.onPlain?.(chunk.length);
      copy.write(chunk);
    }
  } finally {
    copy.close();
  }
  return copy.close();
}
