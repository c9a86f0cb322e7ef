import { KIND } from '../../model/entry.js';
import { inodeOf, liveTouch, type Union } from './union.js';
import { walkNodes } from './walk.js';

/** What lies at and below each path of one snapshot, as du(1) counts. */
export interface TreeSizes {
  /** Logical bytes at and below the node: a file's own size, a directory's sum. */
  bytes(node: number): number;
  /** Everything but directories, at and below the node. */
  files(node: number): number;
}

/**
 * Returns the sums for every node of snapshot `n` at and below `start`. A file with several names counts once, where
 * it is met first in the order of paths, so that the sum of the whole is what the files take.
 */
export function treeSizes(union: Union, n: number, start = 0): TreeSizes {
  const bytes = new Float64Array(union.paths.count);
  const files = new Uint32Array(union.paths.count);
  const several = linkedInodes(union);
  const seen = new Set<number>();
  const order: number[] = [];
  for (const node of walkNodes(union, n, start)) {
    order.push(node);
    const inode = inodeOf(union, liveTouch(union, node, n));
    if (inode === undefined) continue;
    const { kind, size } = union.layers[inode.layer - 1].columns;
    if (kind[inode.row] === KIND.directory) continue;
    files[node] = 1;
    const key = inode.layer * ROWS + inode.row;
    if (several.has(key)) {
      if (seen.has(key)) continue;
      seen.add(key);
    }
    bytes[node] = size[inode.row];
  }
  for (let i = order.length - 1; i > 0; i--) {
    const parent = union.paths.parent[order[i]];
    bytes[parent] += bytes[order[i]];
    files[parent] += files[order[i]];
  }
  return { bytes: (node) => bytes[node], files: (node) => files[node] };
}

/** More rows than a layer can have: makes one number of layer and row. */
const ROWS = 2 ** 32;

function linkedInodes({ links }: Union): ReadonlySet<number> {
  const keys = new Set<number>();
  for (let i = 0; i < links.touch.length; i++) keys.add(links.layer[i] * ROWS + links.row[i]);
  return keys;
}
