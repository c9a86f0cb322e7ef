import type { LinkColumns, TouchColumns } from './union.js';

/** Touches in the order they happen, then sorted by node. */
export interface TouchLog {
  /** Appends and returns the touch's number in order of happening. */
  add(node: number, layer: number, kind: number, row: number): number;
  /** Notes that the hard link of `touch` leads to that entry. */
  link(touch: number, layer: number, row: number): void;
  linkOf(touch: number): { layer: number; row: number } | undefined;
  layerOf(touch: number): number;
  rowOf(touch: number): number;
  kindOf(touch: number): number;
  finish(nodeCount: number): { touchStart: Uint32Array; touches: TouchColumns; links: LinkColumns };
}

export function createTouchLog(expected: number): TouchLog {
  let capacity = Math.max(64, expected);
  let count = 0;
  let nodes = new Uint32Array(capacity);
  let layers = new Uint16Array(capacity);
  let kinds = new Uint8Array(capacity);
  let rows = new Int32Array(capacity);
  const links = new Map<number, { layer: number; row: number }>();

  const grow = (): void => {
    capacity = Math.ceil(capacity * 1.6);
    const [n, l, k, r] = [nodes, layers, kinds, rows];
    (nodes = new Uint32Array(capacity)).set(n);
    (layers = new Uint16Array(capacity)).set(l);
    (kinds = new Uint8Array(capacity)).set(k);
    (rows = new Int32Array(capacity)).set(r);
  };

  return {
    add(node, layer, kind, row) {
      if (count === capacity) grow();
      nodes[count] = node;
      layers[count] = layer;
      kinds[count] = kind;
      rows[count] = row;
      return count++;
    },
    link: (touch, layer, row) => void links.set(touch, { layer, row }),
    linkOf: (touch) => links.get(touch),
    layerOf: (touch) => layers[touch],
    rowOf: (touch) => rows[touch],
    kindOf: (touch) => kinds[touch],
    finish(nodeCount) {
      // A counting sort by node is stable, so the touches of a node stay oldest first.
      const start = new Uint32Array(nodeCount + 1);
      for (let touch = 0; touch < count; touch++) start[nodes[touch] + 1]++;
      for (let node = 0; node < nodeCount; node++) start[node + 1] += start[node];
      const cursor = start.slice(0, nodeCount);
      const layer = new Uint16Array(count);
      const kind = new Uint8Array(count);
      const row = new Int32Array(count);
      const moved: { touch: number; layer: number; row: number }[] = [];
      for (let touch = 0; touch < count; touch++) {
        const place = cursor[nodes[touch]]++;
        layer[place] = layers[touch];
        kind[place] = kinds[touch];
        row[place] = rows[touch];
        const link = links.size === 0 ? undefined : links.get(touch);
        if (link !== undefined) moved.push({ touch: place, ...link });
      }
      moved.sort((a, b) => a.touch - b.touch);
      return {
        touchStart: start,
        touches: { layer, kind, row },
        links: {
          touch: Uint32Array.from(moved, (link) => link.touch),
          layer: Uint16Array.from(moved, (link) => link.layer),
          row: Uint32Array.from(moved, (link) => link.row),
        },
      };
    },
  };
}
