import { closeSync, constants, ftruncateSync, openSync, writeSync } from 'node:fs';
import type { SparseFile } from '../index/layer-index.js';
import type { HostPath } from './host-write.js';

/** A regular file that was just made. */
export interface NewFile {
  /** Open for writing; to be closed by the caller. */
  readonly descriptor: number;
  /** Takes its content from the beginning on; of a sparse one the bytes come without its holes. Throws what the system says. */
  readonly write: (bytes: Uint8Array) => void;
}

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
/** Nothing that is there is opened, and nothing followed. */
const CREATE = O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY;

/**
 * Makes a regular file. A sparse one has its size from then on, so that one that the file system cannot hold ends it before
 * anything is read. Throws what the system says; then nothing stays open.
 */
export function openNewFile(
  at: HostPath,
  mode: number,
  size: number,
  sparse: SparseFile | undefined,
): NewFile {
  const descriptor = openSync(at, CREATE, mode);
  if (sparse === undefined)
    return {
      descriptor,
      write(bytes) {
        writeAll(descriptor, bytes, null);
      },
    };
  try {
    ftruncateSync(descriptor, size);
  } catch (thrown) {
    closeSync(descriptor);
    throw thrown;
  }
  const places = dataPlaces(sparse.fragments);
  return {
    descriptor,
    write(bytes) {
      for (const { position, part } of places(bytes)) writeAll(descriptor, part, position);
    },
  };
}

/** Returns a function that splits the stored bytes of a sparse file, in order, into the parts of its fragments. */
function dataPlaces(
  fragments: readonly number[],
): (chunk: Uint8Array) => Generator<{ position: number; part: Uint8Array }> {
  let fragment = 0;
  let done = 0;
  return function* (chunk) {
    for (let used = 0; used < chunk.length;) {
      while (fragment < fragments.length && done >= fragments[fragment + 1]) {
        fragment += 2;
        done = 0;
      }
      if (fragment >= fragments.length) return;
      const length = Math.min(chunk.length - used, fragments[fragment + 1] - done);
      yield { position: fragments[fragment] + done, part: chunk.subarray(used, used + length) };
      done += length;
      used += length;
    }
  };
}

function writeAll(descriptor: number, bytes: Uint8Array, position: number | null): void {
  for (let done = 0; done < bytes.length;)
    done += writeSync(
      descriptor,
      bytes,
      done,
      bytes.length - done,
      position === null ? null : position + done,
    );
}
