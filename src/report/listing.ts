import type { DeletedFile } from '../layers/search/find.js';
import type { SnapshotFile } from '../layers/union/snapshot-file.js';
import type { Entry, EntryKind } from '../model/entry.js';
import { formatBytes } from './bytes.js';
import type { Cell } from './cell.js';
import type { Palette } from './colour.js';
import { entryCell } from './entry.js';
import { fileCell } from './file.js';
import { formatMode } from './mode.js';
import { type Column, streamTable } from './table.js';
import { formatTimeShort } from './time.js';

/** One line of a long listing. */
export interface ListingRow {
  readonly kind: EntryKind;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Undefined for what has no size. */
  readonly bytes: number | undefined;
  readonly device: { readonly major: number; readonly minor: number } | undefined;
  /** Nanoseconds since 1970. */
  readonly mtime: bigint;
  readonly layer: number;
  /** Which layer hid it and how; '' for what is not hidden. */
  readonly gone: string;
  readonly name: Cell;
}

/** How a file of a snapshot is listed. */
export interface FileRow {
  /** As shown: the name in its directory, or the whole path. */
  readonly name: string;
  /** Shown also for a directory. */
  readonly totalBytes?: number | undefined;
  /** A version that the snapshot hides: the layer that hid it, and whether it put another one there. */
  readonly gone?: Pick<DeletedFile, 'goneIn' | 'how'> | undefined;
  readonly palette: Palette;
}

/** Returns the row of a file. */
export function fileRow(file: SnapshotFile, { name, totalBytes, gone, palette }: FileRow): ListingRow {
  const { kind, mode, uid, gid, mtime, layer } = file;
  const isDevice = kind === 'character' || kind === 'block';
  return {
    kind,
    mode,
    uid,
    gid,
    bytes: kind === 'file' ? file.size : kind === 'directory' ? totalBytes : undefined,
    device: isDevice ? { major: file.deviceMajor, minor: file.deviceMinor } : undefined,
    mtime,
    layer,
    gone: gone === undefined ? '' : `${gone.goneIn} ${gone.how === 'replaced' ? 'replaced' : 'removed'}`,
    name: fileCell(file, name, palette),
  };
}

/** Returns the row of an archive member. */
export function entryRow(entry: Entry, layer: number, palette: Palette): ListingRow {
  const { kind, mode, uid, gid, size, mtime, deviceMajor, deviceMinor } = entry;
  const isDevice = kind === 'character' || kind === 'block';
  return {
    kind,
    mode,
    uid,
    gid,
    bytes: kind === 'file' ? size : undefined,
    device: isDevice ? { major: deviceMajor, minor: deviceMinor } : undefined,
    mtime,
    layer,
    gone: '',
    name: entryCell(entry, palette),
  };
}

export interface ListingFormat {
  readonly palette: Palette;
  /** Sizes as exact numbers. */
  readonly exact: boolean;
  /** Shows the column that tells what hid a row. */
  readonly gone: boolean;
}

/**
 * Yields a long listing with its header, columns aligned. The rows are gone through twice, and no text is made before
 * its line is asked for. Names are never cut: they are there to be copied.
 */
export function* listingLines(rows: Iterable<ListingRow>, format: ListingFormat): Generator<string> {
  const { palette, exact } = format;
  const widths = measure(rows, exact);
  const columns: Column[] = [
    { header: 'MODE', width: 10 },
    { header: 'OWNER', width: widths.owner },
    { header: 'SIZE', align: 'right', width: widths.size },
    { header: 'MODIFIED', width: 16 },
    { header: 'LAYER', align: 'right' },
    ...(format.gone ? [{ header: 'GONE', width: widths.gone }] : []),
    { header: 'NAME' },
  ];
  yield* streamTable(columns, cells(rows, format), { header: palette.heading });
}

function* cells(rows: Iterable<ListingRow>, { palette, exact, gone }: ListingFormat): Generator<Cell[]> {
  for (const row of rows) {
    const size = sizeText(row, exact);
    yield [
      formatMode(row.kind, row.mode),
      `${row.uid}:${row.gid}`,
      size === '-' ? { text: size, style: palette.dim } : size,
      formatTimeShort(row.mtime),
      String(row.layer),
      ...(gone ? [{ text: row.gone, style: palette.removed }] : []),
      row.name,
    ];
  }
}

function sizeText({ bytes, device }: ListingRow, exact: boolean): string {
  if (device !== undefined) return `${device.major}, ${device.minor}`;
  return bytes === undefined ? '-' : formatBytes(bytes, exact);
}

function measure(rows: Iterable<ListingRow>, exact: boolean): { owner: number; size: number; gone: number } {
  let owner = 0;
  let size = exact ? 0 : 7;
  let gone = 0;
  for (const row of rows) {
    owner = Math.max(owner, digits(row.uid) + 1 + digits(row.gid));
    if (exact || row.device !== undefined) size = Math.max(size, sizeText(row, exact).length);
    gone = Math.max(gone, row.gone.length);
  }
  return { owner, size, gone };
}

function digits(value: number): number {
  return value < 10 ? 1 : String(value).length;
}
