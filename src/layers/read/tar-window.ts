import { readSync } from 'node:fs';
import { systemReason } from '../../io/system-error.js';
import type { ByteRange } from '../../model/byte-range.js';
import { fail } from '../../model/error.js';

/** Reads pieces of an open plain tar: at once, and best one behind the other. */
export interface TarWindow {
  /** Returns up to `length` bytes, at least one, that hold until the next call. Throws E_TRUNCATED, E_UNREADABLE. */
  readonly read: (offset: number, length: number) => Uint8Array;
}

/** So many bytes are read at once: small files that follow each other need no call of their own. */
const WINDOW = 1024 * 1024;

/** `range` says where in the file the tar is. */
export function createTarWindow(descriptor: number, range: ByteRange): TarWindow {
  const buffer = new Uint8Array(WINDOW);
  let start = 0;
  let end = 0;
  const fill = (offset: number): void => {
    start = offset;
    end = offset;
    const wanted = Math.min(WINDOW, range.length - offset);
    try {
      if (wanted > 0) end += readSync(descriptor, buffer, 0, wanted, range.offset + offset);
    } catch (cause) {
      fail('E_UNREADABLE', `reading '${range.path}': ${systemReason(cause).reason}`, { cause });
    }
    if (end === offset) fail('E_TRUNCATED', `reading '${range.path}': it ends at byte ${String(offset)}`);
  };
  return {
    read(offset, length) {
      const inside = offset >= start && offset < end;
      // What is nearly all there is not worth two pieces.
      if (!inside || (end < offset + length && end - offset < WINDOW / 2)) fill(offset);
      return buffer.subarray(offset - start, Math.min(offset + length, end) - start);
    },
  };
}
