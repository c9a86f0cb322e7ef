import { closeSync, constants, ftruncateSync, openSync, writeSync } from 'node:fs';
import type { Content, ContentOptions } from '../read/content.js';
import type { SparseFile } from '../index/layer-index.js';
import type { SnapshotFile } from '../union/snapshot-file.js';
import { applyToOpen, failWriting, type HostPath } from './host-write.js';
import { preservedMode } from './preserved.js';

export interface WriteOptions extends ContentOptions {
  /** Owners and all twelve mode bits as the image has them; else the caller's owner and umask, and no setuid. */
  readonly preserve: boolean;
  /** Bits that the caller's files do not get; 0 with `preserve`. */
  readonly umask: number;
  /** Told of the bytes of content written. */
  readonly onBytes?: ((count: number) => void) | undefined;
}

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
const CREATE = O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY;

/** Makes one file and returns its bytes of content, holes not counted. */
export async function makeFile(
  file: SnapshotFile,
  target: HostPath,
  content: Content,
  sparse: SparseFile | undefined,
  options: WriteOptions,
): Promise<number> {
  const descriptor = making(file, () =>
    openSync(target, CREATE, options.preserve ? 0o600 : file.mode & 0o777),
  );
  try {
    let bytes = 0;
    if (sparse !== undefined) {
      // First, so that a size that the file system cannot hold ends it before anything is read.
      making(file, () => {
        ftruncateSync(descriptor, file.size);
      });
      const places = dataPlaces(sparse.fragments);
      for await (const chunk of content)
        for (const { position, part } of places(chunk)) {
          writeAll(file, descriptor, part, position);
          bytes += part.length;
          options.onBytes?.(part.length);
        }
    } else if (file.size > 0)
      for await (const chunk of content) {
        writeAll(file, descriptor, chunk, null);
        bytes += chunk.length;
        options.onBytes?.(chunk.length);
      }
    making(file, () => {
      applyToOpen(descriptor, {
        owner: options.preserve ? file : undefined,
        mode: options.preserve ? preservedMode(file) : undefined,
        mtime: file.mtime,
      });
    });
    return bytes;
  } finally {
    closeSync(descriptor);
  }
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

function writeAll(file: SnapshotFile, descriptor: number, chunk: Uint8Array, position: number | null): void {
  try {
    for (let done = 0; done < chunk.length;)
      done += writeSync(
        descriptor,
        chunk,
        done,
        chunk.length - done,
        position === null ? null : position + done,
      );
  } catch (thrown) {
    failWriting('extracting', file.path, thrown);
  }
}

/** Runs a step of making `file`, whose path is only made for an error. */
export function making<T>(file: SnapshotFile, step: () => T): T {
  try {
    return step();
  } catch (thrown) {
    return failWriting('extracting', file.path, thrown);
  }
}
