import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { ByteRange } from '../model/byte-range.js';
import { fail } from '../model/error.js';
import { createBreather } from './breathe.js';
import { systemReason } from './system-error.js';

export interface ReadOptions {
  /** Bytes per chunk; 256 KiB unless given. */
  readonly chunkSize?: number | undefined;
  /** The file, open already; it stays open. */
  readonly descriptor?: number | undefined;
  /** A chunk is the receiver's only until it asks for the next one, which is in the same memory. */
  readonly lend?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Large enough that the cost per chunk vanishes, small enough to stay in a core's cache while it is hashed. */
const CHUNK_BYTES = 256 * 1024;

/**
 * Yields exactly the bytes of `range`, in order, in chunks that belong to the receiver for ever, each a buffer of its own that
 * is never written again; lent ones are views on one buffer. Unless a descriptor is given, the file is opened at the first
 * pull and closed when the reading ends, fails or is stopped early. A symbolic link at `path` is followed, since `/proc/self/fd/N` is one: who makes the
 * range decides what may be opened. Throws E_NOT_FOUND, E_UNREADABLE (also for what is not a regular file: a FIFO would block, a device never ends),
 * E_TRUNCATED when the file ends before the range does, E_INTERRUPTED.
 */
export async function* readRange(range: ByteRange, options: ReadOptions = {}): AsyncGenerator<Buffer, void> {
  const { signal, chunkSize = CHUNK_BYTES, lend = false } = options;
  const breathe = createBreather(signal);
  const end = range.offset + range.length;
  const descriptor = options.descriptor ?? openRegular(range, end);
  let lent: Buffer | undefined;
  try {
    for (let position = range.offset; position < end;) {
      const wanted = Math.min(chunkSize, end - position);
      const buffer = lent ?? Buffer.allocUnsafeSlow(wanted);
      if (lend) lent = buffer;
      const chunk = wanted < buffer.length ? buffer.subarray(0, wanted) : buffer;
      const count = readAt(descriptor, chunk, position, range.path);
      if (count === 0) failTruncated(range, position);
      position += count;
      yield count === chunk.length ? chunk : chunk.subarray(0, count);
      await breathe(count);
    }
  } finally {
    if (options.descriptor === undefined) closeSync(descriptor);
  }
}

function openRegular(range: ByteRange, end: number): number {
  const { path, offset, length } = range;
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0)
    fail('E_INTERNAL', `reading '${path}': ${length} bytes from ${offset} is not a range`);
  let descriptor: number;
  try {
    // Without O_NONBLOCK opening a FIFO waits for a writer, before fstat can tell what it is.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (cause) {
    const { code, reason } = systemReason(cause);
    const missing = code === 'ENOENT' || code === 'ENOTDIR';
    return fail(missing ? 'E_NOT_FOUND' : 'E_UNREADABLE', `reading '${path}': ${reason}`, { cause });
  }
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) fail('E_UNREADABLE', `reading '${path}': it is not a regular file`);
    if (stats.size < end) failTruncated(range, Math.max(stats.size, range.offset));
    return descriptor;
  } catch (thrown) {
    closeSync(descriptor);
    throw thrown;
  }
}

function readAt(descriptor: number, chunk: Buffer, position: number, path: string): number {
  try {
    return readSync(descriptor, chunk, 0, chunk.length, position);
  } catch (cause) {
    return fail('E_UNREADABLE', `reading '${path}' at byte ${position}: ${systemReason(cause).reason}`, {
      cause,
    });
  }
}

function failTruncated({ path, offset, length }: ByteRange, position: number): never {
  return fail(
    'E_TRUNCATED',
    `reading '${path}': the file ends ${position - offset} bytes into the ${length} bytes from offset ${offset}`,
  );
}
