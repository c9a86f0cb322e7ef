import { compareRows } from '../union/facets.js';
import type { LayerIndex } from '../index/layer-index.js';
import type { Inode, Union } from '../union/union.js';

/** Copies of which another name may still show what they were copied from. */
export interface BrokenLinks {
  /** Notes that a path shows a copy of what it showed before. */
  note(origin: Inode, copy: Inode): void;
  /** Returns, by layer, the rows of copies whose origin is still shown, with the mask of what differs. */
  shown(isShown: (inode: Inode) => boolean): readonly (ReadonlyMap<number, number> | undefined)[];
}

interface Pair {
  readonly origin: Inode;
  readonly copy: Inode;
}

/** Returns an empty list. It keeps only what a hard link names: nothing else outlives the path that it was at. */
export function brokenLinks({ layers, links }: Union): BrokenLinks {
  const linked: (Set<number> | undefined)[] = [];
  for (const [i, layer] of links.layer.entries()) (linked[layer] ??= new Set()).add(links.row[i]);
  const pairs: Pair[] = [];
  return {
    note(origin, copy) {
      if (linked[origin.layer]?.has(origin.row) === true) pairs.push({ origin, copy });
    },
    shown(isShown) {
      const masks: (Map<number, number> | undefined)[] = layers.map(() => undefined);
      for (const { origin, copy } of pairs)
        if (isShown(origin)) {
          const rows = (masks[copy.layer - 1] ??= new Map<number, number>());
          rows.set(copy.row, (rows.get(copy.row) ?? 0) | differ(layers, origin, copy));
        }
      return masks;
    },
  };
}

function differ(layers: readonly LayerIndex[], a: Inode, b: Inode): number {
  return compareRows(layers[a.layer - 1], a.row, layers[b.layer - 1], b.row);
}
