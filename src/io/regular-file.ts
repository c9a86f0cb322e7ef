import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { systemReason } from './system-error.js';

const { O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** Thrown of what has the name of a file and cannot be taken for it; the message says why, as a sentence about "it". */
export class UnfitFileError extends Error {
  constructor(
    why: string,
    readonly isLink = false,
  ) {
    super(why);
  }
}

export interface RegularFileOptions {
  /** Whether a symbolic link at the place is followed: where a person named the place, and nobody else could. */
  readonly follow?: boolean;
}

export interface RegularFile {
  /** Open for reading; the caller closes it. */
  readonly descriptor: number;
  readonly stats: Stats;
}

/**
 * Opens the regular file at `place`. Never waits, as opening a pipe would, and nothing is read of what may never end. Throws
 * {@link UnfitFileError} for everything else that has the name, and what the file system throws.
 */
export function openRegular(place: string, { follow = false }: RegularFileOptions = {}): RegularFile {
  const descriptor = openOrSay(place, O_RDONLY | O_NONBLOCK | O_NOCTTY | (follow ? 0 : O_NOFOLLOW));
  try {
    const stats = fstatSync(descriptor);
    if (stats.isFile()) return { descriptor, stats };
    return refuse(kindOf(stats));
  } catch (thrown) {
    closeSync(descriptor);
    throw thrown;
  }
}

/**
 * Returns all bytes of the regular file at `place`. Throws as {@link openRegular} does, {@link UnfitFileError} also for more
 * than `limit` bytes.
 */
export function readRegular(place: string, limit: number, options?: RegularFileOptions): Buffer<ArrayBuffer> {
  const { descriptor, stats } = openRegular(place, options);
  try {
    if (stats.size > limit) throw new UnfitFileError(`it is larger than ${String(limit)} bytes`);
    const bytes = Buffer.alloc(stats.size);
    let done = 0;
    for (let count = -1; count !== 0 && done < bytes.length; done += count)
      count = readSync(descriptor, bytes, done, Math.min(bytes.length - done, READ_AT_ONCE), done);
    return bytes.subarray(0, done);
  } finally {
    closeSync(descriptor);
  }
}

/** Returns in words what it is that has these attributes. */
export function kindOf(stats: Stats): string {
  if (stats.isFile()) return 'a regular file';
  if (stats.isDirectory()) return 'a directory';
  if (stats.isSymbolicLink()) return 'a symbolic link';
  return stats.isSocket() ? 'a socket' : 'a device or pipe';
}

/** Node reads at most 2 GiB - 1 at once. */
const READ_AT_ONCE = 1 << 30;

function openOrSay(place: string, flags: number): number {
  try {
    return openSync(place, flags);
  } catch (thrown) {
    const { code } = systemReason(thrown);
    if (code === 'ELOOP') return refuse('a symbolic link', true);
    if (code === 'ENXIO') return refuse('a socket or device');
    throw thrown;
  }
}

function refuse(what: string, isLink = false): never {
  throw new UnfitFileError(`it is ${what}, not a regular file`, isLink);
}
