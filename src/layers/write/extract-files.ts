import { closeSync } from 'node:fs';
import type { ContentOptions } from '../read/content.js';
import type { FileWorker } from './file-threads.js';
import { applyToOpen, failWriting } from './host-write.js';
import type { FileMaker } from './layer-files.js';
import { openNewFile } from './new-file.js';
import { preservedMode } from './preserved.js';

export interface WriteOptions extends ContentOptions {
  /** Owners and all twelve mode bits as the image has them; else the caller's owner and umask, and no setuid. */
  readonly preserve: boolean;
  /** Bits that the caller's files do not get; 0 with `preserve`. */
  readonly umask: number;
  /** Told of the bytes of content written. */
  readonly onBytes?: ((count: number) => void) | undefined;
}

/** What a thread that extracts is told. */
export type ExtractSettings = Pick<WriteOptions, 'preserve'>;

/** Returns what makes files that are extracted; of all it is known how many bytes they have, holes not counted. */
export function beginExtracting(
  { preserve }: ExtractSettings,
  onBytes: (count: number) => void,
): FileMaker<number> {
  let written = 0;
  return {
    begin(file, at, sparse) {
      const mode = preserve ? 0o600 : file.mode & 0o777;
      const { descriptor, write } = making(file, () => openNewFile(at, mode, file.size, sparse));
      return {
        write(bytes) {
          making(file, () => {
            write(bytes);
          });
          written += bytes.length;
          onBytes(bytes.length);
        },
        finish() {
          making(file, () => {
            applyToOpen(descriptor, {
              owner: preserve ? file : undefined,
              mode: preserve ? preservedMode(file) : undefined,
              mtime: file.mtime,
            });
          });
        },
        close() {
          closeSync(descriptor);
        },
      };
    },
    made: () => written,
  };
}

/** Extracts in threads. */
export function extractWorker({ preserve }: ExtractSettings): FileWorker<ExtractSettings, number> {
  return {
    base: import.meta.url,
    name: 'extract-worker.js',
    begin: beginExtracting,
    settings: { preserve },
  };
}

/** Runs a step of making `file`, whose path is only made for an error. */
export function making<T>(file: { readonly path: string }, step: () => T): T {
  try {
    return step();
  } catch (thrown) {
    return failWriting('extracting', file.path, thrown);
  }
}
