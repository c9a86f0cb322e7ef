import { KIND } from '../../model/entry.js';
import { TOUCH } from '../../layers/touch.js';
import { inodeOf, type Union } from '../../layers/union.js';

/** What every read of a snapshot needs of the touches, looked up once per union. Lists are by touch. */
export interface TouchFacts {
  readonly union: Union;
  /** Logical bytes of the content that the touch left; 0 for what has none. */
  readonly bytes: Float64Array;
  /** Kind of what it left (see KIND); a directory for one that is only implied. */
  readonly kind: Uint8Array;
  /** 1 for names of a file that has several. */
  readonly linked: Uint8Array;
  /** Touches of every file with several names. */
  readonly links: readonly (readonly number[])[];
  readonly nodeOf: Uint32Array;
  /** Touches of layer n: `byLayer[layerStart[n] … layerStart[n + 1]]`. */
  readonly byLayer: Uint32Array;
  readonly layerStart: Uint32Array;
}

/** More rows than a layer can have: makes one number of layer and row. */
const ROWS = 2 ** 32;

/** Returns the facts of all touches, in one pass. */
export function touchFacts(union: Union): TouchFacts {
  const count = union.touches.layer.length;
  const bytes = new Float64Array(count);
  const kind = new Uint8Array(count).fill(KIND.directory);
  const nodeOf = new Uint32Array(count);
  for (let node = 0; node < union.paths.count; node++)
    for (let touch = union.touchStart[node]; touch < union.touchStart[node + 1]; touch++)
      nodeOf[touch] = node;
  const groups = linkGroups(union);
  const linked = new Uint8Array(count);
  for (let touch = 0; touch < count; touch++) {
    if (union.touches.kind[touch] >= TOUCH.implied) continue;
    const inode = inodeOf(union, touch);
    if (inode === undefined) continue;
    const { columns } = union.layers[inode.layer - 1];
    kind[touch] = columns.kind[inode.row];
    if (kind[touch] !== KIND.directory) bytes[touch] = columns.size[inode.row];
    const group = groups.get(inode.layer * ROWS + inode.row);
    if (group === undefined) continue;
    group.push(touch);
    linked[touch] = 1;
  }
  return { union, bytes, kind, linked, links: [...groups.values()], nodeOf, ...touchesByLayer(union) };
}

function linkGroups({ links }: Union): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  for (let i = 0; i < links.touch.length; i++) groups.set(links.layer[i] * ROWS + links.row[i], []);
  return groups;
}

function touchesByLayer({ touches, layers }: Union): Pick<TouchFacts, 'byLayer' | 'layerStart'> {
  const layerStart = new Uint32Array(layers.length + 2);
  for (const layer of touches.layer) layerStart[layer + 1] += 1;
  for (let layer = 1; layer < layerStart.length; layer++) layerStart[layer] += layerStart[layer - 1];
  const cursor = layerStart.slice();
  const byLayer = new Uint32Array(touches.layer.length);
  for (let touch = 0; touch < byLayer.length; touch++) byLayer[cursor[touches.layer[touch]]++] = touch;
  return { byLayer, layerStart };
}
