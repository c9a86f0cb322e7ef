import { KIND } from '../../model/entry.js';
import { TOUCH } from '../../layers/union/touch.js';
import { inodeOf, type Union } from '../../layers/union/union.js';
import { type LinkedNames, linkedNames } from './linked-names.js';

/** What every read of a snapshot needs of the touches, looked up once per union. */
export interface TouchFacts {
  readonly union: Union;
  /** By touch: logical bytes of the content that it left; 0 for what has none. */
  readonly bytes: Float64Array;
  /** By touch: kind of what it left (see KIND); a directory for one that is only implied. */
  readonly kind: Uint8Array;
  /** By touch: 1 for names of a file that has several. */
  readonly linked: Uint8Array;
  readonly links: LinkedNames;
  /** Nodes that layer n touches, each once, ascending: `touched[layerStart[n] … layerStart[n + 1]]`. */
  readonly touched: Uint32Array;
  readonly layerStart: Uint32Array;
}

/** Returns the facts of all touches. Linear in touches. */
export function touchFacts(union: Union): TouchFacts {
  const count = union.touches.layer.length;
  const bytes = new Float64Array(count);
  const kind = new Uint8Array(count).fill(KIND.directory);
  const linked = new Uint8Array(count);
  const links = linkedNames(union);
  for (const touch of links.touch) linked[touch] = 1;
  for (let touch = 0; touch < count; touch++) {
    if (union.touches.kind[touch] >= TOUCH.implied) continue;
    const inode = inodeOf(union, touch);
    if (inode === undefined) continue;
    const { columns } = union.layers[inode.layer - 1];
    kind[touch] = columns.kind[inode.row];
    if (kind[touch] !== KIND.directory) bytes[touch] = columns.size[inode.row];
  }
  return { union, bytes, kind, linked, links, ...touchedByLayer(union) };
}

/** Returns how many nodes are touched by the layers between two snapshots. */
export function touchedBetween({ layerStart }: TouchFacts, a: number, b: number): number {
  return layerStart[Math.max(a, b) + 1] - layerStart[Math.min(a, b) + 1];
}

/** Returns the nodes that the layers between two snapshots touch; one that several touch is there for each. */
export function nodesBetween({ touched, layerStart }: TouchFacts, a: number, b: number): Uint32Array {
  return touched.subarray(layerStart[Math.min(a, b) + 1], layerStart[Math.max(a, b) + 1]);
}

function touchedByLayer(union: Union): Pick<TouchFacts, 'touched' | 'layerStart'> {
  const layerStart = new Uint32Array(union.layers.length + 2);
  eachTouched(union, (_node, layer) => (layerStart[layer + 1] += 1));
  for (let layer = 1; layer < layerStart.length; layer++) layerStart[layer] += layerStart[layer - 1];
  const cursor = layerStart.slice();
  const touched = new Uint32Array(layerStart[layerStart.length - 1]);
  eachTouched(union, (node, layer) => (touched[cursor[layer]++] = node));
  return { touched, layerStart };
}

/** Touches of one layer at one node follow each other. */
function eachTouched(
  { touches, touchStart, paths }: Union,
  see: (node: number, layer: number) => void,
): void {
  for (let node = 0; node < paths.count; node++) {
    let last = 0;
    for (let touch = touchStart[node]; touch < touchStart[node + 1]; touch++) {
      const layer = touches.layer[touch];
      if (layer !== last) see(node, layer);
      last = layer;
    }
  }
}
