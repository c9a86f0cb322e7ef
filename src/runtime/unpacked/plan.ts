import type { LayerIndex } from '../../layers/index/layer-index.js';
import { nodePath } from '../../layers/index/path-table.js';
import { fileAt } from '../../layers/union/snapshot-file.js';
import { liveTouch, lookup, type Union } from '../../layers/union/union.js';
import { KIND } from '../../model/entry.js';
import { reasonToLeaveOut } from '../erofs/inodes.js';
import { createLinkNames, type LinkNames } from './link-names.js';

/** What the directory of one layer holds, so that overlayfs shows each snapshot as the union has it. */
export interface LayerPlan {
  /** Counted from 1. */
  readonly layer: number;
  /** Nodes of the union that are made as they are in this layer's snapshot, parents first; the root always is. */
  readonly nodes: readonly number[];
  /** Nodes that are hidden by a whiteout. */
  readonly whiteouts: readonly number[];
  /** Those of `nodes` that may not be made, and in whose place something of a lower layer would be seen then. */
  readonly covering: ReadonlySet<number>;
  /** Directories of `nodes` below which nothing of lower layers is seen. */
  readonly opaque: ReadonlySet<number>;
}

/**
 * Returns the plans of the layers that snapshot `n` is mounted from, base first: without those that change nothing, and
 * without all that lie below one whose root is opaque, which overlayfs does not understand of a root. Time is linear in
 * the touches of layers 1 to `n`.
 */
export function planSnapshot(union: Union, n: number): readonly LayerPlan[] {
  const plans = planLayers(union, n);
  const first = plans.findLastIndex(({ opaque }) => opaque.has(0));
  return plans.slice(Math.max(0, first)).filter((plan) => !isEmpty(union, plan));
}

function planLayers(union: Union, n: number): readonly LayerPlan[] {
  const touched = touchedNodes(union, n);
  const names = createLinkNames(union);
  const state: Marks = {
    chosen: new Uint16Array(union.paths.count),
    fresh: new Uint16Array(union.paths.count),
  };
  return touched.map((nodes, i) => planLayer(union, i + 1, nodes, names, state));
}

function isEmpty(union: Union, { layer, nodes, whiteouts, opaque }: LayerPlan): boolean {
  const onlyRoot = nodes.length === 1 && whiteouts.length === 0 && opaque.size === 0;
  return onlyRoot && fileAt(union, 0, layer)?.layer !== layer;
}

/** Per node the last layer that chose it, and the last in which nothing from below is seen in it. */
interface Marks {
  readonly chosen: Uint16Array;
  readonly fresh: Uint16Array;
}

function planLayer(
  union: Union,
  layer: number,
  touched: readonly number[],
  names: LinkNames,
  { chosen, fresh }: Marks,
): LayerPlan {
  const { parent } = union.paths;
  const nodes: number[] = [];
  const choose = (node: number): void => {
    for (let at = node; chosen[at] !== layer; at = parent[at]) {
      chosen[at] = layer;
      nodes.push(at);
    }
  };
  chosen[0] = layer;
  nodes.push(0);
  for (const node of touched) {
    const file = fileAt(union, node, layer);
    if (file === undefined) continue;
    choose(node);
    // One inode has all its names in one directory: overlayfs links nothing across layers.
    if (file.inode !== undefined && file.inode.layer !== layer && file.kind !== 'directory')
      for (const other of names.of(file.inode)) {
        const inode = fileAt(union, other, layer)?.inode;
        if (inode?.layer === file.inode.layer && inode.row === file.inode.row) choose(other);
      }
  }
  const opaque = opaqueDirectories(union, layer);
  for (const node of opaque) choose(node);
  const gone = touched.filter((node) => isHidden(union, layer, node));
  for (const node of gone) choose(parent[node]);
  nodes.sort((a, b) => a - b);
  for (const node of nodes)
    if (opaque.has(node) || (node !== 0 && fresh[parent[node]] === layer)) fresh[node] = layer;
  // Where nothing from below is seen there is nothing to hide, and overlayfs would list the whiteout itself.
  const isSeenThrough = (node: number): boolean => fresh[parent[node]] !== layer;
  return {
    layer,
    nodes,
    whiteouts: gone.filter(isSeenThrough),
    covering: new Set(touched.filter((node) => isCovering(union, layer, node) && isSeenThrough(node))),
    opaque,
  };
}

/** True for what no file system can hold, or only root may make, in the place of something. */
function isCovering(union: Union, layer: number, node: number): boolean {
  const file = node === 0 ? undefined : fileAt(union, node, layer);
  if (file === undefined || liveTouch(union, node, layer - 1) < 0) return false;
  const isDevice = file.kind === 'character' || file.kind === 'block';
  return isDevice || (file.kind === 'symlink' && reasonToLeaveOut(union, file) !== undefined);
}

/** True for what was there below, is not any more, and whose directory still is one. */
function isHidden(union: Union, layer: number, node: number): boolean {
  return (
    node !== 0 &&
    liveTouch(union, node, layer) < 0 &&
    liveTouch(union, node, layer - 1) >= 0 &&
    isDirectory(union, layer, union.paths.parent[node])
  );
}

function isDirectory(union: Union, n: number, node: number): boolean {
  return fileAt(union, node, n)?.kind === 'directory';
}

/** Directories that the layer says are opaque, or that it removed before it made them again. */
function opaqueDirectories(union: Union, layer: number): Set<number> {
  const index = union.layers[layer - 1];
  const found = new Set<number>();
  for (const path of markedPaths(index)) {
    const node = lookup(union, path);
    if (node >= 0 && isDirectory(union, layer, node)) found.add(node);
  }
  return found;
}

function* markedPaths(index: LayerIndex): Generator<string> {
  const { kind, node } = index.columns;
  for (let row = 0; row < index.count; row++)
    if (kind[row] === KIND.whiteout || kind[row] === KIND.opaque) yield nodePath(index.paths, node[row]);
}

/** Returns for each layer up to `n` the nodes it touched, in their order. */
function touchedNodes(union: Union, n: number): readonly (readonly number[])[] {
  const found: number[][] = Array.from({ length: n }, () => []);
  const { touchStart, touches } = union;
  for (let node = 0; node < union.paths.count; node++)
    for (let touch = touchStart[node]; touch < touchStart[node + 1]; touch++) {
      const layer = touches.layer[touch];
      if (layer > n) break;
      const nodes = found[layer - 1];
      if (nodes.at(-1) !== node) nodes.push(node);
    }
  return found;
}
