import { KIND } from '../../model/entry.js';
import { compareNames } from '../../layers/path-table.js';
import { liveTouch } from '../../layers/union.js';
import { TOUCH } from '../../layers/touch.js';
import type { TouchFacts } from './touch-facts.js';

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

/** Returns the view of snapshot `n`; of 0 nothing at all. Linear in nodes: parents have smaller numbers. */
export function snapshotView(facts: TouchFacts, n: number): SnapshotView {
  const { union, kind, linked } = facts;
  const { parent, count } = union.paths;
  const { touchStart, touches } = union;
  const live = new Int32Array(count);
  const bytes = new Float64Array(count);
  const files = new Uint32Array(count);
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
  addLinked(facts, live, bytes, 1);
  return { n, live, bytes, files };
}

/** Returns the same made from the view of another snapshot: costs what the layers in between touched, and a copy. */
export function movedView(facts: TouchFacts, from: SnapshotView, n: number): SnapshotView {
  const { union, nodeOf, byLayer, layerStart } = facts;
  const { parent } = union.paths;
  const live = from.live.slice();
  const bytes = from.bytes.slice();
  const files = from.files.slice();
  addLinked(facts, live, bytes, -1);
  const weight = (touch: number): number => (touch < 0 || facts.linked[touch] === 1 ? 0 : facts.bytes[touch]);
  const count = (touch: number): number => (touch < 0 || facts.kind[touch] === KIND.directory ? 0 : 1);
  const [low, high] = [Math.min(n, from.n), Math.max(n, from.n)];
  for (let i = layerStart[low + 1]; i < layerStart[high + 1]; i++) {
    const node = nodeOf[byLayer[i]];
    const before = live[node];
    const after = n === 0 ? -1 : liveTouch(union, node, n);
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
  addLinked(facts, live, bytes, 1);
  return { n, live, bytes, files };
}

/** Counts (or with -1 takes away) each file with several names at the first of them in the order of paths. */
function addLinked(facts: TouchFacts, live: Int32Array, bytes: Float64Array, sign: 1 | -1): void {
  const { nodeOf, links, union } = facts;
  const { parent } = union.paths;
  for (const group of links) {
    let first = -1;
    for (const touch of group) {
      const node = nodeOf[touch];
      if (live[node] === touch && (first < 0 || comparePlaces(facts, node, nodeOf[first]) < 0)) first = touch;
    }
    if (first < 0) continue;
    for (let node = nodeOf[first]; ; node = parent[node]) {
      bytes[node] += sign * facts.bytes[first];
      if (node === 0) break;
    }
  }
}

function comparePlaces({ union: { paths } }: TouchFacts, a: number, b: number): number {
  if (a === b) return 0;
  const upA = ancestors(paths.parent, a);
  const upB = ancestors(paths.parent, b);
  for (let i = 0; ; i++) {
    if (i >= upA.length || i >= upB.length) return upA.length - upB.length;
    if (upA[i] !== upB[i]) return compareNames(paths, upA[i], upB[i]);
  }
}

/** From the node below the root down to the node. */
function ancestors(parent: Uint32Array, node: number): number[] {
  const up: number[] = [];
  for (let at = node; at !== 0; at = parent[at]) up.push(at);
  return up.reverse();
}
