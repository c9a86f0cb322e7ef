import { fail } from '../../model/error.js';
import { encodeName } from '../../model/name.js';
import { findDeleted } from '../search/find.js';
import { createPathTable } from '../index/path-table.js';
import { fileAt, type SnapshotFile } from '../union/snapshot-file.js';
import { TOUCH } from '../union/touch.js';
import { createTouchLog } from '../union/touch-log.js';
import { type Inode, liveTouch, type Union } from '../union/union.js';
import { sortChildren } from '../union/union-paths.js';

/** Every hidden version as a tree of its own, to be read and written like any snapshot. */
export interface HiddenTree {
  /** A version of `/a/b` that layer 5 held is at `/5/a/b` of its only snapshot, whose number is that of the topmost. */
  readonly union: Union;
  readonly versions: number;
}

/** A layer of 20 MB can state a path of 1,500 directories 4,000 times. */
const MOST_REPEATED = 500_000;

/**
 * Returns all versions at and below `start` that snapshot `n` hides, by the layer that held them last: each below the
 * directories that were above it then. Of a path that one layer has several times all but the last version are in
 * `/5.1`, `/5.2`, …, each alone, so that no two versions ever meet. Time is linear in the paths made. Throws E_LIMIT when versions of one
 * path in one layer would need more than {@link MOST_REPEATED} paths of their own.
 */
export function hiddenTree(union: Union, n: number, start = 0): HiddenTree {
  const paths = createPathTable();
  const log = createTouchLog(1024);
  const roots = new Map<string, Map<number, number>>();
  let repeated = 0;
  const superseded = new Map<number, number>();
  const { nameEnd, names, parent } = union.paths;
  let versions = 0;

  const add = (node: number, inode: Inode | undefined): number => {
    if (inode === undefined) log.add(node, 1, TOUCH.implied, -1);
    else log.add(node, inode.layer, TOUCH.added, inode.row);
    return node;
  };
  const directory = (node: number, layer: number): Inode | undefined => {
    const file = fileAt(union, node, layer);
    return file?.kind === 'directory' ? file.inode : undefined;
  };
  /** The nodes of the tree below one of its roots, by those of the union. */
  const rootOf = (name: string, layer: number): Map<number, number> => {
    const known = roots.get(name);
    if (known !== undefined) return known;
    const bytes = encodeName(name);
    const nodes = new Map([[0, add(paths.child(0, bytes, 0, bytes.length), directory(0, layer))]]);
    roots.set(name, nodes);
    return nodes;
  };
  const place = (file: SnapshotFile): void => {
    const { layer } = file;
    const isLast = liveTouch(union, file.node, layer) === file.touch;
    const number = isLast ? 0 : (superseded.get(layer) ?? 0) + 1;
    if (!isLast) superseded.set(layer, number);
    const nodes = rootOf(isLast ? String(layer) : `${layer}.${number}`, layer);
    const missing: number[] = [];
    let above = file.node;
    for (; !nodes.has(above); above = parent[above]) missing.push(above);
    if (!isLast) repeated += missing.length;
    if (repeated > MOST_REPEATED)
      fail('E_LIMIT', `gathering what is hidden: layer ${String(layer)} holds ${file.path} too many times`, {
        hint: 'name a narrower PATH, or one version with --version',
      });
    let at = nodes.get(above) ?? 0;
    for (const node of missing.reverse()) {
      at = paths.child(at, names, nameEnd[node - 1], nameEnd[node]);
      nodes.set(node, add(at, node === file.node ? file.inode : directory(node, layer)));
    }
  };

  add(0, undefined);
  for (const { file } of findDeleted(union, n, {}, start)) {
    place(file);
    versions += 1;
  }
  const table = paths.finish();
  return {
    union: {
      layers: union.layers,
      paths: table,
      ...sortChildren(table),
      ...log.finish(table.count),
      anomalies: [],
      anomalyCounts: new Map(),
    },
    versions,
  };
}
