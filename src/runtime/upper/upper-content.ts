import { closeSync, fstatSync, readSync } from 'node:fs';
import { fail } from '../../model/error.js';
import type { UpperEntry } from './upper-entry.js';

/** Bytes of one read. */
const PIECE = 256 * 1024;

/**
 * Yields the content of a file, exactly `entry.size` bytes, each chunk the receiver's own. To be read before the walk
 * goes on. Throws E_COMMIT when the file changes meanwhile, E_UNREADABLE.
 */
export function* upperContent(entry: UpperEntry): Generator<Uint8Array, void> {
  const descriptor = entry.open();
  try {
    const { ctimeNs } = fstatSync(descriptor, { bigint: true });
    let left = entry.size;
    while (left > 0) {
      const piece = new Uint8Array(Math.min(PIECE, left));
      const count = readInto(descriptor, piece, entry.path);
      if (count === 0) failChanged(entry, 'shorter');
      left -= count;
      yield count === piece.length ? piece : piece.subarray(0, count);
    }
    if (readInto(descriptor, new Uint8Array(1), entry.path) > 0) failChanged(entry, 'longer');
    if (fstatSync(descriptor, { bigint: true }).ctimeNs !== ctimeNs) failChanged(entry, 'another');
  } finally {
    closeSync(descriptor);
  }
}

function readInto(descriptor: number, piece: Uint8Array, path: string): number {
  try {
    return readSync(descriptor, piece);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return fail('E_UNREADABLE', `reading the container's ${path}: ${why}`, { cause });
  }
}

function failChanged(entry: UpperEntry, how: 'shorter' | 'longer' | 'another'): never {
  return fail('E_COMMIT', `reading the container's ${entry.path}: it became ${how} meanwhile`, {
    hint: 'pause the container first',
  });
}
