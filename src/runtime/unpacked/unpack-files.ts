import { closeSync, fchmodSync } from 'node:fs';
import type { FileWorker } from '../../layers/write/file-threads.js';
import type { FileMaker } from '../../layers/write/layer-files.js';
import { openNewFile } from '../../layers/write/new-file.js';
import { createLeftOutLog, type LeftOut } from '../erofs/left-out.js';
import { setOpenTimes } from '../sys/times.js';
import { making } from './making.js';
import { noteTime, setAttributes, setOwner } from './metadata.js';

/** Returns what makes regular files with all that they have; of all it is known what could not be had. */
export function beginUnpacking(_: undefined, onBytes: (count: number) => void): FileMaker<LeftOut> {
  const left = createLeftOutLog();
  return {
    begin(file, at, sparse) {
      const { descriptor, write } = making(file, () => openNewFile(at, 0o600, file.size, sparse));
      return {
        write(bytes) {
          making(file, () => {
            write(bytes);
          });
          onBytes(bytes.length);
        },
        finish() {
          making(file, () => {
            setOwner(file, at, left);
            fchmodSync(descriptor, file.mode);
            setAttributes(file, at, left);
            setOpenTimes(descriptor, file.mtime);
            noteTime(file, at, left);
          });
        },
        close() {
          closeSync(descriptor);
        },
      };
    },
    made: () => left.list,
  };
}

/** Unpacks in threads. */
export const unpackWorker: FileWorker<undefined, LeftOut> = {
  base: import.meta.url,
  name: 'unpack-worker.js',
  begin: beginUnpacking,
  settings: undefined,
};
