import { KIND } from '../../model/entry.js';
import { liveTouch } from '../../layers/union/union.js';
import { TOUCH } from '../../layers/union/touch.js';
import { fileOf, firstName } from './linked-names.js';
import { nodesBetween, type TouchFacts, touchedBetween } from './touch-facts.js';

/** One snapshot, looked up for every node at once. */
export interface SnapshotView {
  readonly n: number;
  /** The touch that makes the node what it is; -1 where nothing is. */
  readonly live: Int32Array;
  /** Logical bytes at and below the node; a file with several names counts once, as in `treeSizes`. */
  readonly bytes: Float64Array;
  /** Everything but directories, at and below. */
  readonly files: Uint32Array;
}

/** Returns the view of snapshot `n`; of 0 nothing at all. */
export function snapshotView(facts: TouchFacts, n: number): SnapshotView {
  const { count } = facts.union.paths;
  const view = {
    n,
    live: new Int32Array(count),
    bytes: new Float64Array(count),
    files: new Uint32Array(count),
  };
  lookUp(facts, view);
  return view;
}

/** When less than this part of all nodes is touched in between, moving a view is quicker than looking everything up. */
const NEAR = 8;

/** Whether little differs between two snapshots. */
export function isNear(facts: TouchFacts, a: number, b: number): boolean {
  return touchedBetween(facts, a, b) < facts.union.paths.count / NEAR;
}

/**
 * Returns the view of snapshot `n` in the memory of the view of another one, which is good no more. Costs what the layers in
 * between touch, where that is little.
 */
export function movedView(facts: TouchFacts, from: SnapshotView, n: number): SnapshotView {
  if (n === from.n) return from;
  const view = { ...from, n };
  if (isNear(facts, from.n, n)) move(facts, view, nodesBetween(facts, from.n, n));
  else {
    view.bytes.fill(0);
    view.files.fill(0);
    lookUp(facts, view);
  }
  return view;
}

/** Linear in nodes: parents have smaller numbers. */
function lookUp(facts: TouchFacts, { n, live, bytes, files }: SnapshotView): void {
  const { union, kind, linked } = facts;
  const { parent, count } = union.paths;
  const { touchStart, touches } = union;
  for (let node = count - 1; node >= 0; node--) {
    const start = touchStart[node];
    let touch = touchStart[node + 1] - 1;
    while (touch >= start && touches.layer[touch] > n) touch -= 1;
    if (touch < start || touches.kind[touch] >= TOUCH.removed) {
      live[node] = -1;
      continue;
    }
    live[node] = touch;
    if (kind[touch] !== KIND.directory) {
      files[node] = 1;
      if (linked[touch] === 0) bytes[node] = facts.bytes[touch];
    }
    if (node === 0) continue;
    bytes[parent[node]] += bytes[node];
    files[parent[node]] += files[node];
  }
  for (let file = 0; file < facts.links.start.length - 1; file++) addLinked(facts, live, bytes, file, 1);
}

function move(facts: TouchFacts, { n, live, bytes, files }: SnapshotView, nodes: Uint32Array): void {
  const { union } = facts;
  const { parent } = union.paths;
  const linked = linkedFiles(facts, live, nodes, n);
  for (const file of linked) addLinked(facts, live, bytes, file, -1);
  const weight = (touch: number): number => (touch < 0 || facts.linked[touch] === 1 ? 0 : facts.bytes[touch]);
  const count = (touch: number): number => (touch < 0 || facts.kind[touch] === KIND.directory ? 0 : 1);
  for (const node of nodes) {
    const before = live[node];
    const after = liveTouch(union, node, n);
    if (before === after) continue;
    live[node] = after;
    const moreBytes = weight(after) - weight(before);
    const moreFiles = count(after) - count(before);
    if (moreBytes === 0 && moreFiles === 0) continue;
    for (let at = node; ; at = parent[at]) {
      bytes[at] += moreBytes;
      files[at] += moreFiles;
      if (at === 0) break;
    }
  }
  for (const file of linked) addLinked(facts, live, bytes, file, 1);
}

/** The files with several names of which one comes or goes. */
function linkedFiles(
  { union, links, linked }: TouchFacts,
  live: Int32Array,
  nodes: Uint32Array,
  n: number,
): Set<number> {
  const files = new Set<number>();
  if (links.touch.length === 0) return files;
  for (const node of nodes)
    for (const touch of [live[node], liveTouch(union, node, n)])
      if (touch >= 0 && linked[touch] === 1) files.add(fileOf(links, touch));
  return files;
}

/** Counts (or with -1 takes away) a file with several names at the first of them in the order of paths. */
function addLinked(
  { links, union: { paths }, bytes: bytesOf }: TouchFacts,
  live: Int32Array,
  bytes: Float64Array,
  file: number,
  sign: 1 | -1,
): void {
  const first = firstName(links, paths, file, (node) => live[node]);
  if (first < 0) return;
  for (let node = links.node[first]; ; node = paths.parent[node]) {
    bytes[node] += sign * bytesOf[links.touch[first]];
    if (node === 0) break;
  }
}
