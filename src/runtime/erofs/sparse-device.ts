import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import type { Union } from '../../layers/union/union.js';
import { entryAt } from '../../layers/index/layer-index.js';
import { fail } from '../../model/error.js';
import type { SparseDevice } from './devices.js';

const BUFFER_BYTES = 1024 * 1024;

/**
 * Writes the sparse files of a device to `target`, which must not exist, from the plain tars: holes stay holes, so the file
 * takes the room of what is stored. `tarOf` gives the path of a layer's plain tar. Throws E_TRUNCATED when one is too
 * short, and what the file system says.
 */
export function fillSparseDevice(
  device: SparseDevice,
  union: Union,
  tarOf: (layer: number) => string,
  target: string,
): void {
  const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  const to = openSync(target, 'wx', 0o600);
  try {
    ftruncateSync(to, device.bytes);
    for (const { layer, row, offset } of device.files) {
      const index = union.layers[layer - 1];
      const fragments = index.sparse.get(row)?.fragments ?? [];
      const from = openSync(tarOf(layer), 'r');
      try {
        let stored = entryAt(index, row).dataOffset;
        for (let i = 0; i < fragments.length; i += 2) {
          const [start, length] = [fragments[i], fragments[i + 1]];
          copy(from, stored, to, offset + start, length, buffer);
          stored += length;
        }
      } finally {
        closeSync(from);
      }
    }
  } finally {
    closeSync(to);
  }
}

function copy(
  from: number,
  source: number,
  to: number,
  target: number,
  length: number,
  buffer: Uint8Array,
): void {
  for (let done = 0; done < length;) {
    const read = readSync(from, buffer, 0, Math.min(buffer.length, length - done), source + done);
    if (read === 0) fail('E_TRUNCATED', `reading a layer: it ends at byte ${String(source + done)}`);
    for (let written = 0; written < read;)
      written += writeSync(to, buffer, written, read - written, target + done + written);
    done += read;
  }
}
