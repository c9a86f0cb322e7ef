import { closeSync, openSync, readSync } from 'node:fs';
import { fail } from '../../model/error.js';

/** The plain tars of layers, each opened when it is first read. */
export interface LayerTars {
  /** Returns up to `length` bytes, at least one, that hold until the next call. Throws E_TRUNCATED. */
  read(layer: number, offset: number, length: number): Uint8Array;
  close(): void;
}

/** So many bytes are read at once: small files that follow each other need no call of their own. */
const WINDOW = 1024 * 1024;

/** `pathOf` gives where the plain tar of a layer is. */
export function openLayerTars(pathOf: (layer: number) => string): LayerTars {
  const open = new Map<number, number>();
  const buffer = Buffer.allocUnsafeSlow(WINDOW);
  let held = { layer: 0, start: 0, end: 0 };
  return {
    read(layer, offset, length) {
      const inside = held.layer === layer && offset >= held.start && offset < held.end;
      if (!inside || (held.end < offset + length && held.end - offset < WINDOW / 2)) {
        const descriptor = open.get(layer) ?? openSync(pathOf(layer), 'r');
        open.set(layer, descriptor);
        const count = readSync(descriptor, buffer, 0, WINDOW, offset);
        if (count === 0)
          fail('E_TRUNCATED', `reading layer ${String(layer)}: it ends at byte ${String(offset)}`);
        held = { layer, start: offset, end: offset + count };
      }
      const start = offset - held.start;
      return buffer.subarray(start, Math.min(start + length, held.end - held.start));
    },
    close() {
      for (const descriptor of open.values()) closeSync(descriptor);
      open.clear();
    },
  };
}
