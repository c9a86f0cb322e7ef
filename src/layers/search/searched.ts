import { KIND } from '../../model/entry.js';
import { findDeleted } from './find.js';
import { nodePath } from '../index/path-table.js';
import { isBelow } from '../../model/path.js';
import { inodeOf, liveTouch, type Union } from '../union/union.js';
import { walkNodes } from '../union/walk.js';

/** A file whose content is to be searched. */
export interface SearchedFile {
  readonly path: string;
  /** The entry that holds the content. */
  readonly layer: number;
  readonly row: number;
  readonly size: number;
  /** Whether the snapshot shows this content at this path. */
  readonly live: boolean;
}

/** Which versions are searched. */
export type SearchScope =
  /** What the snapshot shows. */
  | 'snapshot'
  /** What layers up to it hold and it does not show. */
  | 'deleted'
  /** Every file of the archive of every layer up to it, duplicates and all. */
  | 'layers';

/**
 * Returns the regular files at and below `start` by layer (index 0 is layer 1) in archive order, each entry once: of a
 * file with several names the first path.
 */
export function searchedFiles(union: Union, n: number, scope: SearchScope, start: number): SearchedFile[][] {
  const rows = union.layers.map(() => new Map<number, SearchedFile>());
  const add = (path: () => string, layer: number, row: number, live: boolean): void => {
    const { kind, size } = union.layers[layer - 1].columns;
    if (kind[row] !== KIND.file || rows[layer - 1].has(row)) return;
    rows[layer - 1].set(row, { path: path(), layer, row, size: size[row], live });
  };
  if (scope !== 'deleted')
    for (const node of walkNodes(union, n, start)) {
      const inode = inodeOf(union, liveTouch(union, node, n));
      if (inode !== undefined) add(() => nodePath(union.paths, node), inode.layer, inode.row, true);
    }
  if (scope === 'deleted')
    for (const { file } of findDeleted(union, n, { kinds: FILES }, start))
      if (file.inode !== undefined) add(() => file.path, file.inode.layer, file.inode.row, false);
  if (scope === 'layers') {
    const top = nodePath(union.paths, start);
    for (let layer = 1; layer <= n; layer++) {
      const { columns, count, paths } = union.layers[layer - 1];
      for (let row = 0; row < count; row++) {
        if (columns.kind[row] !== KIND.file || rows[layer - 1].has(row)) continue;
        const path = nodePath(paths, columns.node[row]);
        if (path === top || isBelow(path, top)) add(() => path, layer, row, false);
      }
    }
  }
  return rows.map((files) => [...files.values()].sort((a, b) => a.row - b.row));
}

const FILES = new Set(['file'] as const);
