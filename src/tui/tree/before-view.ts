import { KIND } from '../../model/entry.js';
import { findSorted, liveTouch } from '../../layers/union/union.js';
import { type ChangeView, STATUS } from './change-view.js';
import { countNames, fileOf, firstName } from './linked-names.js';
import type { SnapshotView } from './snapshot-view.js';
import { nodesBetween, type TouchFacts } from './touch-facts.js';

/** What the earlier of two snapshots had, told by what changed: no column of its own. */
export interface BeforeView {
  readonly n: number;
  /** Returns the touch that made the node what it was; -1 where nothing was. */
  live(node: number): number;
  /** Returns the logical bytes at and below a node that was removed; 0 for any other. */
  bytes(node: number): number;
  /** Returns how many were at and below a node that was removed, but directories; 0 for any other. */
  files(node: number): number;
  /** Returns the logical bytes of the whole snapshot. */
  total(): number;
}

/** Returns what was before the changes; they and the view of what is now are looked at when they are asked for. */
export function beforeView(facts: TouchFacts, view: SnapshotView, changes: ChangeView): BeforeView {
  const { from: n } = changes;
  const live = (node: number): number => liveTouch(facts.union, node, n);
  let sums: RemovedSums | undefined;
  const removed = (): RemovedSums => (sums ??= removedSums(facts, changes, live));
  let total: number | undefined;
  return {
    n,
    live,
    bytes: (node) => removed().bytes[findSorted(removed().nodes, node)] ?? 0,
    files: (node) => removed().files[findSorted(removed().nodes, node)] ?? 0,
    total: () => (total ??= view.bytes[0] - grown(facts, n, view)),
  };
}

/** Returns the touch that a row shows: of what is there, else of what was before it was removed; -1 for neither. */
export function shownTouch(
  { view, before }: { readonly view: SnapshotView; readonly before: BeforeView },
  node: number,
): number {
  return view.live[node] < 0 ? before.live(node) : view.live[node];
}

interface RemovedSums {
  /** Ascending, for {@link findSorted}; the others are beside them. */
  readonly nodes: Uint32Array;
  readonly bytes: Float64Array;
  readonly files: Uint32Array;
}

/** A file with several names counts at the first that it had, as in `treeSizes`. */
function removedSums(
  { union: { paths }, kind, linked, links, bytes: bytesOf }: TouchFacts,
  { changed, status }: ChangeView,
  live: (node: number) => number,
): RemovedSums {
  const nodes = Uint32Array.from(changed.filter((node) => status[node] === STATUS.removed)).sort();
  const bytes = new Float64Array(nodes.length);
  const files = new Uint32Array(nodes.length);
  const firsts = new Map<number, number>();
  const firstOf = (file: number): number => {
    const first = firsts.get(file) ?? firstName(links, paths, file, live);
    firsts.set(file, first);
    return links.touch[first];
  };
  // Parents have smaller numbers.
  for (let i = nodes.length - 1; i >= 0; i--) {
    const touch = live(nodes[i]);
    if (kind[touch] !== KIND.directory) {
      files[i] = 1;
      if (linked[touch] === 0 || firstOf(fileOf(links, touch)) === touch) bytes[i] = bytesOf[touch];
    }
    const above = findSorted(nodes, paths.parent[nodes[i]]);
    if (above < 0) continue;
    bytes[above] += bytes[i];
    files[above] += files[i];
  }
  return { nodes, bytes, files };
}

/** Returns how many more logical bytes the snapshot of the view has than an earlier one. */
function grown(facts: TouchFacts, from: number, view: SnapshotView): number {
  const { union, links, linked, bytes: bytesOf } = facts;
  const before = (node: number): number => liveTouch(union, node, from);
  const after = (node: number): number => view.live[node];
  let bytes = 0;
  const seen = new Uint8Array(union.paths.count);
  const files = new Map<number, number>();
  for (const node of nodesBetween(facts, from, view.n)) {
    // Several layers may have touched it.
    if (seen[node] === 1) continue;
    seen[node] = 1;
    for (const [touch, sign] of [
      [before(node), -1],
      [after(node), 1],
    ]) {
      if (touch < 0) continue;
      if (linked[touch] === 1) files.set(fileOf(links, touch), bytesOf[touch]);
      else bytes += sign * bytesOf[touch];
    }
  }
  for (const [file, size] of files)
    bytes += size * (Math.sign(countNames(links, file, after)) - Math.sign(countNames(links, file, before)));
  return bytes;
}
