import type { Collapsed } from '../layers/compare/collapse.js';
import type { Culprit } from '../layers/compare/culprit.js';
import type { Difference, DifferenceKind } from '../layers/compare/diff.js';
import { FACET, facetNames } from '../layers/union/facets.js';
import type { SnapshotFile } from '../layers/union/snapshot-file.js';
import { formatCount, humanBytes, plural } from './bytes.js';
import type { Cell } from './cell.js';
import type { Palette, Style } from './colour.js';
import { KIND_NAMES } from './kind.js';
import { formatOctal } from './mode.js';
import { type Column, formatTable, streamTable, type TableOptions } from './table.js';

/** One sign for each kind; colour says the same. */
export const MARKS: Readonly<Record<DifferenceKind, string>> = {
  added: '+',
  removed: '-',
  modified: '~',
  renamed: '>',
};

export interface DiffFormat {
  readonly palette: Palette;
  /** Sizes as exact numbers. */
  readonly exact: boolean;
  readonly arrow: string;
  /** What the two sides are called before the number of a layer: `A3`, `B4`; '' where both are one image. */
  readonly sides: readonly [before: string, after: string];
}

/** Yields a line for each difference: sign, change of size, the layers on both sides, what differs, path. */
export function* differenceLines(
  rows: Iterable<Difference | Collapsed>,
  format: DiffFormat,
): Generator<string> {
  const held = [...rows].map((row) => differenceRow(row, format));
  const widths = [0, 1, 2, 3].map((i) => held.reduce((most, cells) => Math.max(most, lengthOf(cells[i])), 4));
  const columns: Column[] = [
    { header: '', width: 1 },
    { header: 'SIZE', align: 'right', width: widths[1] },
    { header: 'LAYER', width: widths[2] },
    { header: 'WHAT', width: Math.min(widths[3], WIDEST) },
    { header: 'PATH' },
  ];
  yield* streamTable(columns, held, { header: format.palette.heading });
}

/** Columns of the longest text of what differs that the others are aligned to. */
const WIDEST = 40;

function lengthOf(cell: Cell): number {
  return (typeof cell === 'string' ? cell : cell.text).length;
}

function differenceRow(row: Difference | Collapsed, format: DiffFormat): Cell[] {
  const { palette, exact, arrow, sides } = format;
  const collapsed = 'difference' in row ? row : undefined;
  const difference = 'difference' in row ? row.difference : row;
  const { kind, before, after, path, goneIn } = difference;
  const style = styleOf(kind, palette);
  const grown =
    collapsed === undefined ? growth(difference) : collapsed.bytes * (kind === 'removed' ? -1 : 1);
  const isSized = collapsed !== undefined || before?.kind === 'file' || after?.kind === 'file';
  const layers = [
    ...(before === undefined ? [] : [`${sides[0]}${String(before.layer)}`]),
    ...(kind === 'removed' && goneIn !== undefined ? [`${sides[1]}${String(goneIn)}`] : []),
    ...(after === undefined ? [] : [`${sides[1]}${String(after.layer)}`]),
  ].join(arrow);
  return [
    { text: MARKS[kind], style },
    isSized ? { text: signedBytes(grown, exact), style: grown === 0 ? palette.dim : palette.plain } : '',
    layers,
    collapsed === undefined ? whatText(difference, arrow) : `${plural(collapsed.files, 'file')} below`,
    { text: pathText(kind, path, before, after, arrow), style },
  ];
}

function pathText(
  kind: DifferenceKind,
  path: string,
  before: SnapshotFile | undefined,
  after: SnapshotFile | undefined,
  arrow: string,
): string {
  const file = after ?? before;
  const shown = file?.kind === 'directory' && path !== '/' ? `${path}/` : path;
  return kind === 'renamed' ? `${before?.path ?? ''} ${arrow} ${shown}` : shown;
}

/** What differs, with the values where they are short: `mode 0644 → 0755, owner 0:0 → 5:5`. */
export function whatText({ kind, facets, before, after }: Difference, arrow: string): string {
  const file = after ?? before;
  if (kind === 'added' || kind === 'removed')
    return file === undefined || file.kind === 'file' ? '' : KIND_NAMES[file.kind];
  if (before === undefined || after === undefined) return '';
  // Whatever changes has another time.
  const told = facets === FACET.mtime ? facets : facets & ~FACET.mtime;
  return facetNames(told)
    .map((facet) => {
      if (facet === 'kind') return `${KIND_NAMES[before.kind]} ${arrow} ${KIND_NAMES[after.kind]}`;
      if (facet === 'mode') return `mode ${formatOctal(before.mode)} ${arrow} ${formatOctal(after.mode)}`;
      if (facet === 'owner') return `owner ${before.uid}:${before.gid} ${arrow} ${after.uid}:${after.gid}`;
      if (facet === 'link') return `link ${before.link} ${arrow} ${after.link}`;
      return facet === 'links' ? 'hard links' : facet;
    })
    .join(', ');
}

/** Bytes by which the file grew. */
export function growth({ before, after }: Difference): number {
  return (after?.size ?? 0) - (before?.size ?? 0);
}

/** `+1.20 kB`, `-3 B`, `0 B`. */
export function signedBytes(bytes: number, exact: boolean): string {
  const text = exact ? formatCount(Math.abs(bytes)) : humanBytes(Math.abs(bytes));
  return bytes === 0 ? text : `${bytes < 0 ? '-' : '+'}${text}`;
}

export function styleOf(kind: DifferenceKind, palette: Palette): Style {
  if (kind === 'added') return palette.added;
  return kind === 'removed' ? palette.removed : palette.changed;
}

/** How much came and went. */
export interface DiffCounts {
  readonly added: number;
  readonly removed: number;
  readonly modified: number;
  readonly renamed: number;
  /** Bytes by which the files grew together. */
  readonly growth: number;
}

/** Returns the counts of the differences. */
export function countDifferences(found: Iterable<Difference>): DiffCounts {
  const counts = { added: 0, removed: 0, modified: 0, renamed: 0, growth: 0 };
  for (const difference of found) {
    counts[difference.kind] += 1;
    // Of a file with several names every name is counted, as ls does; they come and go together.
    counts.growth += growth(difference);
  }
  return counts;
}

/** `3 added, 1 removed, 12 changed, 2 renamed; +1.20 MB`. */
export function countsText(counts: DiffCounts, exact: boolean): string {
  const parts = [
    `${formatCount(counts.added)} added`,
    `${formatCount(counts.removed)} removed`,
    `${formatCount(counts.modified)} changed`,
    ...(counts.renamed === 0 ? [] : [`${formatCount(counts.renamed)} renamed`]),
  ];
  return `${parts.join(', ')}; ${signedBytes(counts.growth, exact)}`;
}

/** What one layer of one side did. */
export interface CulpritRow {
  readonly culprit: Culprit;
  readonly counts: DiffCounts;
  /** Raw text. */
  readonly instruction: string;
}

/** Returns a table of who made the differences: layer, counts, bytes, instruction. */
export function culpritLines(
  rows: readonly CulpritRow[],
  format: DiffFormat,
  table: Pick<TableOptions, 'terminalWidth' | 'ellipsis'>,
): string[] {
  const { palette, exact, sides } = format;
  const columns: Column[] = [
    { header: 'LAYER' },
    { header: '+', align: 'right' },
    { header: '-', align: 'right' },
    { header: '~', align: 'right' },
    { header: '>', align: 'right' },
    { header: 'SIZE', align: 'right' },
    { header: 'INSTRUCTION' },
  ];
  const number = (count: number, style: Style): Cell => ({
    text: formatCount(count),
    style: count === 0 ? palette.dim : style,
  });
  const cells = rows.map(({ culprit, counts, instruction }): Cell[] => [
    `${sides[culprit.side === 'before' ? 0 : 1]}${String(culprit.layer)}`,
    number(counts.added, palette.added),
    number(counts.removed, palette.removed),
    number(counts.modified, palette.changed),
    number(counts.renamed, palette.changed),
    signedBytes(counts.growth, exact),
    instruction,
  ]);
  return formatTable(columns, cells, { ...table, header: palette.heading });
}
