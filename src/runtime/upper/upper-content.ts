import { closeSync, fstatSync, readSync } from 'node:fs';
import { fail } from '../../model/error.js';
import { nextData } from '../sys/holes.js';
import type { UpperEntry } from './upper-entry.js';

/** Bytes of one read. */
const PIECE = 256 * 1024;

/**
 * Yields the content of a file, exactly `entry.size` bytes, each chunk the receiver's own. To be read before the walk
 * goes on. Throws E_COMMIT when the file changes meanwhile, E_UNREADABLE.
 */
export function* upperContent(entry: UpperEntry): Generator<Uint8Array, void> {
  for (const { bytes } of piecesOf(entry, (_descriptor, at) => ({ begin: at, end: entry.size }))) yield bytes;
}

/** Some bytes of a file. */
export interface Piece {
  readonly position: number;
  readonly bytes: Uint8Array;
}

/** Yields what {@link upperContent} does but for holes, which takes time for data alone. */
export function upperData(entry: UpperEntry): Generator<Piece, void> {
  return piecesOf(entry, (descriptor, at) => nextData(descriptor, at, entry.size));
}

function* piecesOf(
  entry: UpperEntry,
  next: (descriptor: number, at: number) => { readonly begin: number; readonly end: number } | undefined,
): Generator<Piece, void> {
  const descriptor = entry.open();
  try {
    const { ctimeNs } = fstatSync(descriptor, { bigint: true });
    for (let end = 0; end < entry.size;) {
      const data = next(descriptor, end);
      if (data === undefined) break;
      let position = data.begin;
      ({ end } = data);
      while (position < end) {
        const bytes = readAt(descriptor, position, Math.min(PIECE, end - position), entry.path);
        if (bytes.length === 0) failChanged(entry, 'shorter');
        yield { position, bytes };
        position += bytes.length;
      }
    }
    if (readAt(descriptor, entry.size, 1, entry.path).length > 0) failChanged(entry, 'longer');
    if (fstatSync(descriptor, { bigint: true }).ctimeNs !== ctimeNs) failChanged(entry, 'another');
  } finally {
    closeSync(descriptor);
  }
}

function readAt(descriptor: number, position: number, most: number, path: string): Uint8Array {
  try {
    const bytes = new Uint8Array(most);
    const count = readSync(descriptor, bytes, 0, most, position);
    return count === most ? bytes : bytes.subarray(0, count);
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
