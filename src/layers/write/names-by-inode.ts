import type { SnapshotFile } from '../union/snapshot-file.js';

/** Files by layer, from the base, and row, ascending; those of one row are names of one inode. */
export type NamesByInode = readonly (readonly [
  layer: number,
  rows: ReadonlyMap<number, readonly SnapshotFile[]>,
])[];

/** Returns the files by what they are names of, those of one inode in their order; without those that no layer has an entry for. */
export function namesByInode(files: Iterable<SnapshotFile>): NamesByInode {
  const byLayer = new Map<number, Map<number, SnapshotFile[]>>();
  for (const file of files) {
    if (file.inode === undefined) continue;
    const { layer, row } = file.inode;
    const rows = byLayer.get(layer) ?? new Map<number, SnapshotFile[]>();
    byLayer.set(layer, rows);
    const names = rows.get(row);
    if (names === undefined) rows.set(row, [file]);
    else names.push(file);
  }
  return [...byLayer]
    .sort(([a], [b]) => a - b)
    .map(([layer, rows]) => [layer, new Map([...rows].sort(([a], [b]) => a - b))]);
}
