import { groupsToPlaces, groupStarts } from './grouped.js';
import { enlarged, release, roomyArray } from '../index/large-array.js';
import { findSorted, type LinkColumns, type TouchColumns } from './union.js';

/** Touches in the order they happen, then sorted by node. */
export interface TouchLog {
  /** Appends and returns the touch's number in order of happening. */
  add(node: number, layer: number, kind: number, row: number): number;
  /** Notes that the hard link of the last touch leads to that entry. */
  link(layer: number, row: number): void;
  linkOf(touch: number): { layer: number; row: number } | undefined;
  layerOf(touch: number): number;
  rowOf(touch: number): number;
  kindOf(touch: number): number;
  /** The touches by node; nothing may be added or asked any more. */
  finish(nodeCount: number): { touchStart: Uint32Array; touches: TouchColumns; links: LinkColumns };
}

export function createTouchLog(expected: number): TouchLog {
  let capacity = Math.max(64, expected);
  let count = 0;
  let nodes = roomyArray(Uint32Array, capacity);
  let layers = roomyArray(Uint16Array, capacity);
  let kinds = roomyArray(Uint8Array, capacity);
  let rows = roomyArray(Int32Array, capacity);
  const links = createLinks();

  const grow = (): void => {
    capacity = Math.ceil(capacity * 1.6);
    if (nodes.length < capacity) nodes = enlarged(nodes, capacity);
    if (layers.length < capacity) layers = enlarged(layers, capacity);
    if (kinds.length < capacity) kinds = enlarged(kinds, capacity);
    if (rows.length < capacity) rows = enlarged(rows, capacity);
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
    link: (layer, row) => {
      links.add(count - 1, layer, row);
    },
    linkOf: links.of,
    layerOf: (touch) => layers[touch],
    rowOf: (touch) => rows[touch],
    kindOf: (touch) => kinds[touch],
    finish(nodeCount) {
      // Sorting by group keeps the order, so the touches of a node stay oldest first.
      const start = groupStarts(nodes, 0, count, nodeCount);
      const cursor = start.slice(0, nodeCount);
      // From here on `nodes` tells where each touch goes.
      groupsToPlaces(nodes, count, cursor);
      release(cursor);
      const touches = moved({ layer: layers, kind: kinds, row: rows }, nodes, count);
      const led = links.moved(nodes);
      release(nodes.subarray(0, count), layers.subarray(0, count), rows.subarray(0, count));
      return { touchStart: start, touches, links: led };
    },
  };
}

function moved(from: TouchColumns, places: Uint32Array, count: number): TouchColumns {
  const layer = new Uint16Array(count);
  const kind = new Uint8Array(count);
  const row = new Int32Array(count);
  moveAll(from, places, count, { layer, kind, row });
  return { layer, kind, row };
}

function moveAll(from: TouchColumns, places: Uint32Array, count: number, to: TouchColumns): void {
  const { layer, kind, row } = from;
  const { layer: toLayer, kind: toKind, row: toRow } = to;
  for (let touch = 0; touch < count; touch++) {
    const place = places[touch];
    toLayer[place] = layer[touch];
    toKind[place] = kind[touch];
    toRow[place] = row[touch];
  }
}

interface Links {
  /** `touch` is greater than all before. */
  readonly add: (touch: number, layer: number, row: number) => void;
  readonly of: (touch: number) => { layer: number; row: number } | undefined;
  /** The links of the touches at their new places, in the order of those; nothing may be asked any more. */
  readonly moved: (places: Uint32Array) => LinkColumns;
}

function createLinks(): Links {
  let count = 0;
  let touches = new Uint32Array(64);
  let layers = new Uint16Array(64);
  let rows = new Uint32Array(64);
  return {
    add(touch, layer, row) {
      if (count === touches.length) {
        const capacity = Math.ceil(count * 1.6);
        touches = enlarged(touches, capacity);
        layers = enlarged(layers, capacity);
        rows = enlarged(rows, capacity);
      }
      touches[count] = touch;
      layers[count] = layer;
      rows[count++] = row;
    },
    of(touch) {
      const at = findSorted(touches.subarray(0, count), touch);
      return at < 0 ? undefined : { layer: layers[at], row: rows[at] };
    },
    moved(places) {
      const order = Uint32Array.from({ length: count }, (_, i) => i);
      order.sort((a, b) => places[touches[a]] - places[touches[b]]);
      const result = {
        touch: Uint32Array.from(order, (i) => places[touches[i]]),
        layer: Uint16Array.from(order, (i) => layers[i]),
        row: Uint32Array.from(order, (i) => rows[i]),
      };
      return result;
    },
  };
}
