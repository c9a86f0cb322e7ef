import { type AnomalyLog, createAnomalyLog } from '../../model/anomaly.js';
import { KIND } from '../../model/entry.js';
import { FACET, compareRows, REPLACING } from './facets.js';
import { type LayerIndex, linkAt } from '../index/layer-index.js';
import { createLiveTree, type LiveTree } from './live-tree.js';
import { nodePath, type PathTable } from '../index/path-table.js';
import { enlarged, release, roomyArray } from '../index/large-array.js';
import { TOUCH } from './touch.js';
import { createTouchLog, type TouchLog } from './touch-log.js';
import type { Inode, Union } from './union.js';
import { createUnionPaths, sortChildren, type UnionPaths } from './union-paths.js';
import { whyNotThere } from './why-not-there.js';

/**
 * Returns the union of the layers, base first: what overlayfs shows of them (OCI image-spec 1.1 layer.md "Applying
 * Changesets"). Within a layer all whiteouts count first, whatever their place, and only for the layers below; then the
 * members in archive order. Time is linear in entries; memory about 70 bytes a path while it folds, 45 afterwards.
 */
export function unite(layers: readonly LayerIndex[]): Union {
  const largest = layers.reduce((most, layer) => Math.max(most, layer.paths.count), 0);
  const fold = createFold(largest, layers);
  for (let position = 1; position <= layers.length; position++) fold.layer(position);
  return fold.finish();
}

interface Fold {
  layer(position: number): void;
  finish(): Union;
}

function createFold(expected: number, layers: readonly LayerIndex[]): Fold {
  const known = createUnionPaths(expected + 16);
  const paths = known.table;
  const live = createLiveTree();
  const log = createTouchLog(expected + 16);
  const anomalies = createAnomalyLog();
  /** 1 + last touch per node. */
  let last = roomyArray(Uint32Array, expected + 16);

  const touch = (node: number, position: number, kind: number, row: number): number => {
    const made = log.add(node, position, kind, row);
    last[node] = made + 1;
    return made;
  };
  live.reserve(1);
  live.add(0, 0);
  // The root exists before any layer has an entry for it.
  if (layers.length > 0) touch(0, 1, TOUCH.implied, -1);

  return {
    layer(position) {
      const index = layers[position - 1];
      const nodes = known.adopt(index.paths);
      live.reserve(paths.count);
      if (paths.count > last.length) last = enlarged(last, Math.ceil(paths.count * 1.2));
      const state: State = {
        paths,
        known,
        live,
        log,
        anomalies,
        layers,
        position,
        index,
        nodes,
        entryNodes: undefined,
        touch,
        lastTouch: (node) => last[node] - 1,
      };
      applyWhiteouts(state);
      applyEntries(state);
      release(nodes);
    },
    finish() {
      live.release(paths.count);
      release(last.subarray(0, paths.count));
      const table = known.finish();
      const { childStart, children } = sortChildren(table);
      return {
        layers,
        paths: table,
        childStart,
        children,
        ...log.finish(table.count),
        anomalies: anomalies.list,
        anomalyCounts: anomalies.counts,
      };
    },
  };
}

interface State {
  /** Grows while a layer is adopted only. */
  readonly paths: PathTable;
  readonly known: UnionPaths;
  readonly live: LiveTree;
  readonly log: TouchLog;
  readonly anomalies: AnomalyLog;
  readonly layers: readonly LayerIndex[];
  readonly position: number;
  readonly index: LayerIndex;
  /** Node of the union for each node of the layer. */
  readonly nodes: Uint32Array;
  /** Nodes the layer has entries for; made when first asked for. */
  entryNodes: Set<number> | undefined;
  touch(node: number, position: number, kind: number, row: number): number;
  /** -1 when the node was never touched. */
  lastTouch(node: number): number;
}

function applyWhiteouts(state: State): void {
  const { index, nodes, live, position, anomalies } = state;
  const { kind, node: nodeOf } = index.columns;
  for (let row = 0; row < index.count; row++) {
    if (kind[row] !== KIND.whiteout && kind[row] !== KIND.opaque) continue;
    const node = nodes[nodeOf[row]];
    const hide = (gone: number): void =>
      void state.touch(gone, position, gone === node ? TOUCH.removed : TOUCH.hidden, row);
    if (kind[row] === KIND.opaque) live.clear(node, hide);
    else if (node !== 0 && live.isLive(node)) live.remove(node, state.paths.parent[node], hide);
    else anomalies.add('whiteout-dangling', () => nodePath(state.paths, node), whyNotThere(state, node));
  }
  replaceLinksAbove(state);
}

/**
 * A whiteout below a symlink of a lower layer makes the link a directory, as a member there does: overlayfs can keep it
 * nowhere else. Not where the layer itself says what is at the link's path.
 */
function replaceLinksAbove(state: State): void {
  const { index, nodes, live } = state;
  const { kind, node: nodeOf } = index.columns;
  const { parent } = index.paths;
  // Whiteouts share the directories above them; each is looked at once.
  const seen = new Uint8Array(index.paths.count);
  for (let row = 0; row < index.count; row++) {
    if (kind[row] !== KIND.whiteout && kind[row] !== KIND.opaque) continue;
    let at = kind[row] === KIND.opaque ? nodeOf[row] : parent[nodeOf[row]];
    for (; at !== 0 && seen[at] === 0 && !live.isLive(nodes[at]); at = parent[at]) seen[at] = 1;
    if (at === 0 || seen[at] === 1) continue;
    seen[at] = 1;
    const node = nodes[at];
    if (kindAt(state, node) === KIND.symlink && !hasEntry(state, node)) ensureDirectory(state, node);
  }
}

function applyEntries(state: State): void {
  const { index, nodes, position } = state;
  const { kind: kindOf, node: nodeOf } = index.columns;
  const { parent } = state.paths;
  // Of neighbours the first has made sure of the directory, and what is placed in it changes nothing above.
  let ensured = -1;
  for (let row = 0; row < index.count; row++) {
    const kind = kindOf[row];
    if (kind === KIND.whiteout || kind === KIND.opaque) continue;
    const node = nodes[nodeOf[row]];
    let inode: Inode = { layer: position, row };
    if (kind === KIND.hardlink) {
      const target = hardLinkTarget(state, row, node);
      if (target === undefined) continue;
      inode = target;
    }
    if (node !== 0 && parent[node] !== ensured) ensureDirectory(state, (ensured = parent[node]));
    if (node === 0) ensured = -1;
    place(state, node, row, kind, inode);
  }
}

/** Makes `node` what `row` says. */
function place(state: State, node: number, row: number, kind: number, inode: Inode): void {
  const { live, position, layers } = state;
  let touchKind: number = TOUCH.added;
  if (live.isLive(node)) {
    const previous = currentInode(state, node);
    const mask =
      previous === undefined
        ? kind === KIND.directory
          ? FACET.mode
          : FACET.kind
        : compareRows(layers[previous.layer - 1], previous.row, layers[inode.layer - 1], inode.row);
    touchKind = (mask & REPLACING) !== 0 ? TOUCH.replaced : mask !== 0 ? TOUCH.metadata : TOUCH.restated;
    if (kind !== KIND.directory)
      live.clear(node, (gone) => void state.touch(gone, position, TOUCH.hidden, row));
  } else live.add(node, state.paths.parent[node]);
  state.touch(node, position, touchKind, row);
  if (kind === KIND.hardlink) state.log.link(inode.layer, inode.row);
}

/** Makes sure `node` and all above it are directories at this moment. */
function ensureDirectory(state: State, node: number): void {
  const { live, position, anomalies } = state;
  if (live.isLive(node)) {
    if (node === 0 || kindAt(state, node) === KIND.directory) return;
    const below = state.log.layerOf(state.lastTouch(node)) < position;
    if (below && kindAt(state, node) === KIND.symlink)
      anomalies.add('path-through-symlink', () => nodePath(state.paths, node), `layer ${String(position)}`);
  } else {
    ensureDirectory(state, state.paths.parent[node]);
    live.add(node, state.paths.parent[node]);
  }
  state.touch(node, position, TOUCH.implied, -1);
}

/** The entry a live node has its content and metadata from; undefined for a directory without an entry. */
function currentInode(state: State, node: number): Inode | undefined {
  const touch = state.lastTouch(node);
  if (touch < 0 || state.log.kindOf(touch) === TOUCH.implied) return undefined;
  const [layer, row] = [state.log.layerOf(touch), state.log.rowOf(touch)];
  const isLink = state.layers[layer - 1].columns.kind[row] === KIND.hardlink;
  return (isLink ? state.log.linkOf(touch) : undefined) ?? { layer, row };
}

function kindAt(state: State, node: number): number {
  const inode = currentInode(state, node);
  return inode === undefined ? KIND.directory : state.layers[inode.layer - 1].columns.kind[inode.row];
}

/** The entry that the hard link at `row` leads to at this moment, or undefined (with an anomaly) when it leads nowhere. */
function hardLinkTarget(state: State, row: number, node: number): Inode | undefined {
  const { index, position, anomalies } = state;
  const path = linkAt(index, row);
  const target = state.known.find(path);
  const where = (): string => nodePath(state.paths, node);
  const detail = `${path}, layer ${String(position)}`;
  if (target === node) anomalies.add('hardlink-to-itself', where, detail);
  else if (target < 0 || !state.live.isLive(target))
    anomalies.add(hasEntry(state, target) ? 'hardlink-forward' : 'hardlink-target-missing', where, detail);
  else if (kindAt(state, target) === KIND.directory)
    anomalies.add('hardlink-target-directory', where, detail);
  else {
    const inode = currentInode(state, target);
    if (inode !== undefined && inode.layer < position) anomalies.add('hardlink-across-layers', where, detail);
    return inode;
  }
  return undefined;
}

/** Whether the layer has an entry for the node of the union at all. */
function hasEntry(state: State, node: number): boolean {
  if (node < 0) return false;
  if (state.entryNodes === undefined) {
    state.entryNodes = new Set();
    const { kind, node: nodeOf } = state.index.columns;
    for (let row = 0; row < state.index.count; row++)
      if (kind[row] !== KIND.whiteout && kind[row] !== KIND.opaque)
        state.entryNodes.add(state.nodes[nodeOf[row]]);
  }
  return state.entryNodes.has(node);
}
