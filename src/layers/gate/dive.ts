import { KIND } from '../../model/entry.js';
import { createDiveStack, type DiveStack } from './dive-stack.js';
import { diveTree, type DiveTree } from './dive-tree.js';
import { goSort } from './go-sort.js';
import type { LayerIndex } from '../index/layer-index.js';
import { nodePath } from '../index/path-table.js';
import { createUnionPaths } from '../union/union-paths.js';
import type { Union } from '../union/union.js';

/**
 * What makes dive's numbers say something else than they mean, where the image has it.
 * - `no-user-bytes`: the layers above the first hold nothing, so the percentage divides by zero: NaN passes every rule,
 *   +Inf none.
 * - `dangling-whiteouts`: a whiteout of what is not there ends the count of its layer, and may count as minus one byte.
 * - `hidden-directories`: what lies below a removed, opaque or replaced directory is never called wasted, and a removed
 *   directory raises the efficiency.
 * - `live-copies`: of a path that several layers have all copies count as wasted, also the one that is shown.
 * - `sparse-files`: their holes, which no layer stores, count as bytes.
 */
export const DIVE_FLAWS = [
  'no-user-bytes',
  'dangling-whiteouts',
  'hidden-directories',
  'live-copies',
  'sparse-files',
] as const;

export type DiveFlaw = (typeof DIVE_FLAWS)[number];

/** A path that more than one layer has. */
export interface DiveInefficiency {
  /** Layers that have it, whiteouts included. */
  readonly count: number;
  /** Bytes of all of them. */
  readonly sizeBytes: number;
  readonly path: string;
}

/** What dive v0.13.1 tells of an image. */
export interface DiveNumbers {
  /** 0 to 1; may be below 0 with {@link DIVE_FLAWS} `dangling-whiteouts`. */
  readonly efficiency: number;
  readonly wastedBytes: number;
  /** A ratio, not a percentage; NaN or Infinity with `no-user-bytes`. */
  readonly userWastedPercent: number;
  /** Sum of the sizes of all entries. */
  readonly sizeBytes: number;
  /** The same by layer, base first. */
  readonly layerBytes: readonly number[];
  /** Most bytes first, equals in dive's order. */
  readonly inefficient: readonly DiveInefficiency[];
  /** In the order of {@link DIVE_FLAWS}. */
  readonly flaws: readonly DiveFlaw[];
}

/**
 * Returns what dive v0.13.1 says of the layers 1..n, by its own formulas and with its mistakes (dive/filetree/efficiency.go,
 * dive/image/image.go), in O(entries × depth) where dive stacks all lower layers anew for every whiteout.
 */
export function diveNumbers(union: Pick<Union, 'layers'>, n: number): DiveNumbers {
  const layers = union.layers.slice(0, n);
  const paths = createUnionPaths(layers.reduce((most, { paths: { count } }) => Math.max(most, count), 16));
  const nodes = layers.map((layer) => paths.adopt(layer.paths));
  const table = paths.finish();
  const stack = createDiveStack(table.parent);
  const score = createScore(table.count);
  const flaws = new Set<DiveFlaw>();
  layers.forEach((index, position) => {
    const layer: Layer = { index, tree: diveTree(index), nodes: nodes[position], flaws };
    // dive looks what a whiteout of the first layer hides up in that layer itself.
    if (position === 0) putEntries(stack, layer);
    addLayer(score, stack, layer);
    noteOpaque(stack, layer);
    stackLayer(stack, layer);
  });
  const layerBytes = layers.map(({ columns }) => columns.size.reduce((sum, size) => sum + size, 0));
  const inefficient = score.inefficient();
  const wastedBytes = inefficient.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const userBytes = layerBytes.slice(1).reduce((sum, size) => sum + size, 0);
  if (userBytes === 0) flaws.add('no-user-bytes');
  if (inefficient.some(({ live }) => live)) flaws.add('live-copies');
  if (layers.some(hasHoles)) flaws.add('sparse-files');
  return {
    efficiency: score.efficiency(),
    wastedBytes,
    userWastedPercent: wastedBytes / userBytes,
    sizeBytes: layerBytes.reduce((sum, size) => sum + size, 0),
    layerBytes,
    inefficient: inefficient.map(({ count, sizeBytes, node }) => ({
      count,
      sizeBytes,
      path: nodePath(table, node),
    })),
    flaws: DIVE_FLAWS.filter((flaw) => flaws.has(flaw)),
  };
}

function hasHoles({ sparse, columns }: LayerIndex): boolean {
  return [...sparse.values()].some(({ row, storedSize }) => storedSize !== columns.size[row]);
}

interface Layer {
  readonly index: LayerIndex;
  readonly tree: DiveTree;
  /** The node of all paths for each node of the layer's. */
  readonly nodes: Uint32Array;
  readonly flaws: Set<DiveFlaw>;
}

interface Score {
  /** The path exists in the sums from now on, if only as minus one byte. */
  name(node: number): void;
  add(node: number, bytes: number, live: boolean): void;
  efficiency(): number;
  inefficient(): { node: number; count: number; sizeBytes: number; live: boolean }[];
}

function createScore(nodes: number): Score {
  const named = new Uint8Array(nodes);
  const counts = new Uint32Array(nodes);
  const sums = new Float64Array(nodes);
  const smallest = new Float64Array(nodes).fill(-1);
  const live = new Uint8Array(nodes);
  /** In the order in which their second layer was met. */
  const repeated: number[] = [];
  return {
    name(node) {
      named[node] = 1;
    },
    add(node, bytes, isLive) {
      sums[node] += bytes;
      if (smallest[node] < 0 || bytes < smallest[node]) smallest[node] = bytes;
      live[node] = isLive ? 1 : 0;
      if (++counts[node] === 2) repeated.push(node);
    },
    efficiency() {
      let least = 0;
      let all = 0;
      for (let node = 0; node < nodes; node++) {
        if (named[node] === 0) continue;
        least += smallest[node];
        all += sums[node];
      }
      return all === 0 ? 1 : least / all;
    },
    inefficient() {
      const list = [...repeated];
      goSort(list, (a, b) => sums[a] < sums[b]);
      return list
        .reverse()
        .map((node) => ({ node, count: counts[node], sizeBytes: sums[node], live: live[node] === 1 }));
    },
  };
}

/** Adds the leaves of the layer's tree to the sums, up to the first whiteout of what is not there. */
function addLayer(score: Score, stack: DiveStack, { index, tree, nodes, flaws }: Layer): void {
  for (let i = 0; i < tree.count; i++) {
    if (tree.leaf[i] === 0) continue;
    const node = nodes[tree.node[i]];
    score.name(node);
    if (tree.whiteout[i] === 0) {
      const bytes = tree.row[i] < 0 ? 0 : index.columns.size[tree.row[i]];
      score.add(node, bytes, bytes > 0);
      continue;
    }
    if (!stack.isLive(node)) {
      flaws.add('dangling-whiteouts');
      return;
    }
    if (stack.bytesBelow(node) > 0) flaws.add('hidden-directories');
    score.add(node, stack.isDirectory(node) ? stack.bytesAt(node) : 0, false);
  }
}

function noteOpaque(stack: DiveStack, { index, nodes, flaws }: Layer): void {
  const { kind, node } = index.columns;
  for (let row = 0; row < index.count; row++)
    if (kind[row] === KIND.opaque && stack.bytesBelow(nodes[node[row]]) > 0) flaws.add('hidden-directories');
}

/** In dive's order: a whiteout takes away what the same layer put before it. */
function stackLayer(stack: DiveStack, layer: Layer): void {
  const { tree, nodes } = layer;
  for (let i = 0; i < tree.count; i++)
    if (tree.whiteout[i] === 1) stack.remove(nodes[tree.node[i]]);
    else putEntry(stack, layer, i);
}

function putEntries(stack: DiveStack, layer: Layer): void {
  for (let i = 0; i < layer.tree.count; i++) if (layer.tree.whiteout[i] === 0) putEntry(stack, layer, i);
}

function putEntry(stack: DiveStack, { index, tree, nodes, flaws }: Layer, i: number): void {
  const row = tree.row[i];
  const node = nodes[tree.node[i]];
  const isDirectory = row >= 0 && index.columns.kind[row] === KIND.directory;
  if (row >= 0 && !isDirectory && stack.bytesBelow(node) > 0) flaws.add('hidden-directories');
  stack.put(node, row < 0 ? 0 : index.columns.size[row], isDirectory);
}
