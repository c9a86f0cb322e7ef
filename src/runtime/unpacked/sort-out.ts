import { fileAt, type SnapshotFile } from '../../layers/union/snapshot-file.js';
import type { Union } from '../../layers/union/union.js';
import { namesByInode } from '../../layers/write/names-by-inode.js';
import { reasonToLeaveOut } from '../erofs/inodes.js';
import type { LeftOutLog } from '../erofs/left-out.js';
import type { LayerPlan } from './plan.js';

/** By row, ascending. */
export type Names = ReadonlyMap<number, readonly SnapshotFile[]>;

export interface Sorted {
  /** Parents first. */
  readonly directories: SnapshotFile[];
  /** All names of each regular file by the layer that it is from and its row there, ascending. */
  readonly files: ReadonlyMap<number, Names>;
  /** All names of each other inode. */
  readonly others: readonly (readonly SnapshotFile[])[];
  /** Nodes that are not made. */
  readonly missing: Set<number>;
}

/** Returns what there is to make in a layer's directory; what no file system can hold is told to `left`. */
export function sortOut(union: Union, plan: LayerPlan, left: LeftOutLog): Sorted {
  const directories: SnapshotFile[] = [];
  const inodes: SnapshotFile[] = [];
  const missing = new Set<number>();
  for (const node of plan.nodes) {
    const file = fileAt(union, node, plan.layer);
    if (file === undefined) continue;
    const why = reasonToLeaveOut(union, file);
    if (why !== undefined) left.add(why.reason, file.path, why.what);
    if (why !== undefined || (node !== 0 && missing.has(union.paths.parent[node]))) missing.add(node);
    else if (file.kind === 'directory') directories.push(file);
    else inodes.push(file);
  }
  const files = new Map<number, Names>();
  const others: (readonly SnapshotFile[])[] = [];
  for (const [layer, rows] of namesByInode(inodes)) {
    const ofFiles = new Map<number, readonly SnapshotFile[]>();
    for (const [row, names] of rows)
      if (names[0].kind === 'file') ofFiles.set(row, names);
      else others.push(names);
    if (ofFiles.size > 0) files.set(layer, ofFiles);
  }
  return { directories, files, others, missing };
}
