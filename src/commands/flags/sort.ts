import { encodeName } from '../../model/name.js';
import type { SnapshotFile } from '../../layers/union/snapshot-file.js';

/** What `--sort` takes. */
export const SORTS = ['name', 'size', 'mtime', 'layer', 'none'] as const;
export type Sort = (typeof SORTS)[number];

/** What of a file is compared. */
export interface Sortable {
  readonly file: Pick<SnapshotFile, 'path' | 'mtime' | 'layer'>;
  /** Bytes, with what is below where that is asked for. */
  readonly bytes: number;
}

/**
 * Sorts in place: names by their bytes, sizes largest first, times newest first, layers topmost first; what is equal
 * stays as it was. `none` leaves the order. `reverse` turns the result round.
 */
export function sortFiles<T extends Sortable>(rows: T[], sort: Sort, reverse: boolean): T[] {
  switch (sort) {
    case 'name':
      sortByName(rows);
      break;
    case 'size':
      rows.sort((a, b) => b.bytes - a.bytes);
      break;
    case 'mtime':
      rows.sort((a, b) => compare(b.file.mtime, a.file.mtime));
      break;
    case 'layer':
      rows.sort((a, b) => b.file.layer - a.file.layer);
      break;
    case 'none':
      break;
  }
  return reverse ? rows.reverse() : rows;
}

function sortByName(rows: Sortable[]): void {
  const keyed = rows.map((row) => ({ row, key: encodeName(row.file.path) }));
  keyed.sort((a, b) => Buffer.compare(a.key, b.key));
  keyed.forEach(({ row }, i) => (rows[i] = row));
}

/** The order of numbers, and of texts by their UTF-16 units. */
export function compare<T extends string | bigint>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
