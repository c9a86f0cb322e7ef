import { formatBytes } from './bytes.js';
import type { Cell } from './cell.js';
import type { Palette } from './colour.js';
import type { GiveWay } from './fit-columns.js';
import { type Column, formatTable } from './table.js';
import { formatAge, parseTime } from './time.js';

/** A name of an image of the store. */
export interface ImageRow {
  /** As docker shows it; undefined for an entry without a name. */
  readonly repository: string | undefined;
  readonly tag: string | undefined;
  readonly digest: string;
  /** Digest of the configuration; undefined when the image cannot be opened. */
  readonly id: string | undefined;
  /** RFC 3339, as the configuration has it. */
  readonly created: string | undefined;
  readonly layers: number | undefined;
  readonly platform: string | undefined;
  /** Bytes of all layers as stored. */
  readonly stored: number | undefined;
  /** Bytes of their plain tars, where all of them are known. */
  readonly plain: number | undefined;
}

export interface ImageFormat {
  readonly palette: Palette;
  /** IDs whole. */
  readonly whole: boolean;
  readonly digests: boolean;
  readonly exact: boolean;
  readonly width: number | undefined;
  readonly ellipsis: string;
  /** Nanoseconds since 1970. */
  readonly now: bigint;
}

const NONE = '<none>';

/** Names are what is typed, and a damaged image says so in the column of its ID. */
const GIVE_WAY: readonly GiveWay[] = [
  ['PLAIN', 0],
  ['PLATFORM', 0],
  ['LAYERS', 0],
  ['CREATED', 0],
  ['REPOSITORY', 10],
  ['TAG', 5],
];

/** Returns a table of images. */
export function imageLines(rows: readonly ImageRow[], format: ImageFormat): string[] {
  const { palette, digests, width, ellipsis, whole } = format;
  const columns: Column[] = [
    { header: 'REPOSITORY' },
    { header: 'TAG' },
    ...(digests ? [{ header: 'DIGEST' }] : []),
    { header: 'IMAGE ID' },
    { header: 'CREATED' },
    { header: 'PLATFORM' },
    { header: 'LAYERS', align: 'right' },
    { header: 'PLAIN', align: 'right' },
    { header: 'SIZE', align: 'right' },
  ];
  const size = (bytes: number | undefined): string =>
    bytes === undefined ? '-' : formatBytes(bytes, format.exact);
  return formatTable(
    columns,
    rows.map((row): Cell[] => [
      { text: row.repository ?? NONE, style: row.repository === undefined ? palette.dim : palette.emphasis },
      row.tag ?? NONE,
      ...(digests ? [row.digest] : []),
      row.id === undefined ? { text: 'damaged', style: palette.error } : shortImageId(row.id, whole),
      ageOf(row.created, format.now),
      row.platform ?? '-',
      row.layers === undefined ? '-' : String(row.layers),
      { text: size(row.plain), style: palette.dim },
      size(row.stored),
    ]),
    { header: palette.heading, terminalWidth: whole ? undefined : width, giveWay: GIVE_WAY, ellipsis },
  );
}

/** Returns an ID as docker shows it: twelve digits, or the whole digest. */
export function shortImageId(id: string, whole: boolean): string {
  return whole ? id : id.replace(/^sha(?:256|512):/, '').slice(0, 12);
}

function ageOf(time: string | undefined, now: bigint): string {
  const moment = time === undefined ? undefined : parseTime(time);
  return moment === undefined ? '-' : formatAge(moment, now);
}
