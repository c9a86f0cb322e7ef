import type { Anomaly } from '../../model/anomaly.js';
import type { AnomalyCode } from '../../model/anomaly-codes.js';
import { KIND } from '../../model/entry.js';
import { encodeName } from '../../model/name.js';
import type { LayerIndex } from '../index/layer-index.js';
import { pathComponents, type PathTable } from '../index/path-table.js';
import { TOUCH } from './touch.js';

/**
 * A stack of layers folded once: per path all touches, oldest first. Every snapshot is a read of it. Layers are counted
 * from 1; `layers[0]` is layer 1. Whoever changes the rules or the columns raises `DERIVED_VERSIONS.union`.
 */
export interface Union {
  readonly layers: readonly LayerIndex[];
  /** All paths any layer ever named; node 0 is the root. */
  readonly paths: PathTable;
  /** Children of node n: `children[childStart[n] … childStart[n+1]]`, sorted by the bytes of their names. */
  readonly childStart: Uint32Array;
  readonly children: Uint32Array;
  /** Touches of node n: `touchStart[n] … touchStart[n+1]`, oldest first. */
  readonly touchStart: Uint32Array;
  readonly touches: TouchColumns;
  /** Where hard links lead, sorted by touch. */
  readonly links: LinkColumns;
  readonly anomalies: readonly Anomaly[];
  readonly anomalyCounts: ReadonlyMap<AnomalyCode, number>;
}

export interface TouchColumns {
  readonly layer: Uint16Array;
  readonly kind: Uint8Array;
  /**
   * The row in that layer: of the entry; for `removed` and `hidden` of what caused it; -1 for `implied`, and for a
   * path that an implied directory hid.
   */
  readonly row: Int32Array;
}

export interface LinkColumns {
  readonly touch: Uint32Array;
  readonly layer: Uint16Array;
  readonly row: Uint32Array;
}

/** The entry that holds a file's content and metadata: for a hard link that of its target. */
export interface Inode {
  readonly layer: number;
  readonly row: number;
}

/** True when the touch leaves something at its path. */
export function leavesFile(union: Union, touch: number): boolean {
  return union.touches.kind[touch] < TOUCH.removed;
}

/** Returns the last touch of `node` up to layer `n`, or -1. */
function touchAt(union: Union, node: number, n: number): number {
  const start = union.touchStart[node];
  for (let touch = union.touchStart[node + 1] - 1; touch >= start; touch--)
    if (union.touches.layer[touch] <= n) return touch;
  return -1;
}

/** Returns the touch that makes `node` what it is in snapshot `n`, or -1 when it does not exist there. */
export function liveTouch(union: Union, node: number, n: number): number {
  const touch = touchAt(union, node, n);
  return touch >= 0 && leavesFile(union, touch) ? touch : -1;
}

/**
 * Returns the entry that says what the path is after `touch`, or undefined when no layer has one (a directory that was
 * only ever implied, or the root before any layer, whose touch is -1). An implied touch keeps the directory of the layers
 * below.
 */
export function inodeOf(union: Union, touch: number): Inode | undefined {
  const { layer, row, kind } = union.touches;
  if (touch < 0 || kind[touch] === TOUCH.implied) return undefined;
  const index = union.layers[layer[touch] - 1];
  if (index.columns.kind[row[touch]] !== KIND.hardlink) return { layer: layer[touch], row: row[touch] };
  const at = findSorted(union.links.touch, touch);
  return at < 0 ? undefined : { layer: union.links.layer[at], row: union.links.row[at] };
}

/** Returns the node of a rooted clean path, or -1 when no layer ever named it. */
export function lookup(union: Union, path: string): number {
  let node = 0;
  for (const component of pathComponents(path)) {
    node = childNamed(union, node, component);
    if (node < 0) return -1;
  }
  return node;
}

/** Returns the child with that name, or -1. */
export function childNamed(union: Union, node: number, name: Uint8Array | string): number {
  const wanted = typeof name === 'string' ? encodeName(name) : name;
  const { nameEnd, names } = union.paths;
  let low = union.childStart[node];
  let high = union.childStart[node + 1] - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const child = union.children[middle];
    const order = Buffer.compare(names.subarray(nameEnd[child - 1], nameEnd[child]), wanted);
    if (order === 0) return child;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** Returns where `value` is in an ascending column, or -1. */
export function findSorted(column: Uint32Array, value: number): number {
  let low = 0;
  let high = column.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    if (column[middle] === value) return middle;
    if (column[middle] < value) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
