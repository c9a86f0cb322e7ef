import type { GoneHow } from '../layers/search/find.js';
import type { SnapshotFile } from '../layers/union/snapshot-file.js';
import { formatBytes, plural } from './bytes.js';
import { type Cell, cellText } from './cell.js';
import type { Palette } from './colour.js';
import { escapeForTerminal } from './escape.js';
import { fileCell } from './file.js';
import { type Column, formatTable, streamTable } from './table.js';
import { textWidth } from './width.js';

/** One version that the snapshot hides. Texts are raw. */
export interface DeletedRow {
  readonly file: SnapshotFile;
  readonly addedIn: number;
  readonly goneIn: number;
  readonly how: GoneHow;
  /** Where the same content is again; undefined where it is nowhere. */
  readonly again: { readonly path: string; readonly layer: number; readonly shown: boolean } | undefined;
}

export interface DeletedFormat {
  readonly palette: Palette;
  /** Sizes as exact numbers. */
  readonly exact: boolean;
  /** Columns of the terminal, which instructions share; undefined: no terminal. */
  readonly width: number | undefined;
  readonly ellipsis: string;
  /** The instruction of a layer on one line, raw; '' where the history does not tell. */
  readonly instruction: (layer: number) => string;
}

const GONE_WORDS: Readonly<Record<GoneHow | 'repeated', string>> = {
  removed: 'removed',
  // To who asks what became of a file it is the same; the whiteout was on a directory above.
  hidden: 'removed',
  replaced: 'replaced',
  repeated: 'repeated',
};

/** Columns for one instruction at most. */
const WIDEST = 40;
const NARROWEST = 12;
/** Longer paths push what stands behind them. */
const PATH_WIDTH = 48;

/**
 * Yields a table of hidden versions: size, who brought it, what hid it, the path, and where its content is again.
 * Instructions are cut, since one is repeated for each of its files; names are not.
 */
export function* deletedLines(rows: readonly DeletedRow[], format: DeletedFormat): Generator<string> {
  const { palette, exact } = format;
  const instruction = instructionCutter(format);
  const digits = rows.reduce((most, row) => Math.max(most, String(row.goneIn).length), 1);
  const layer = (number: number): string => String(number).padStart(digits);
  const added = (row: DeletedRow): string => `${layer(row.addedIn)} ${instruction(row.addedIn)}`.trimEnd();
  const gone = (row: DeletedRow): string =>
    `${layer(row.goneIn)} ${GONE_WORDS[row.how].padEnd(8)} ${instruction(row.goneIn)}`.trimEnd();
  const size = ({ file }: DeletedRow): string => (file.kind === 'file' ? formatBytes(file.size, exact) : '-');
  const again = rows.some((row) => row.again !== undefined);
  const widest = (text: (row: DeletedRow) => string): number =>
    rows.reduce((most, row) => Math.max(most, textWidth(escapeForTerminal(text(row)))), 0);
  const columns: Column[] = [
    { header: 'SIZE', align: 'right', width: exact ? widest(size) : 7 },
    { header: 'ADDED', width: widest(added) },
    { header: 'GONE', width: widest(gone) },
    {
      header: 'PATH',
      width: again
        ? Math.min(
            PATH_WIDTH,
            widest(({ file }) => file.path),
          )
        : 0,
    },
    ...(again ? [{ header: 'AGAIN' }] : []),
  ];
  const cells = function* (): Generator<Cell[]> {
    for (const row of rows)
      yield [
        row.file.kind === 'file' ? size(row) : { text: '-', style: palette.dim },
        { text: added(row), style: palette.added },
        { text: gone(row), style: row.how === 'replaced' ? palette.changed : palette.removed },
        fileCell(row.file, row.file.path, palette),
        againCell(row, palette),
      ];
  };
  yield* streamTable(columns, cells(), { header: palette.heading });
}

function againCell({ again }: DeletedRow, palette: Palette): Cell {
  if (again === undefined) return '';
  if (again.shown) return { text: `shown: ${again.path}`, style: palette.warning };
  return { text: `layer ${again.layer}: ${again.path}`, style: palette.warning };
}

/** What a list of hidden versions comes to. */
export interface DeletedSum {
  readonly versions: number;
  readonly paths: number;
  /** Of content, every inode once. */
  readonly bytes: number;
}

/** Returns the line below the table; `shown` is how many of all it lists. */
export function deletedSummary(
  { versions, paths, bytes }: DeletedSum,
  shown: number,
  exact: boolean,
): string {
  if (versions === 0) return 'nothing is hidden';
  const all = `${plural(versions, 'hidden version')} of ${plural(paths, 'path')}, ${formatBytes(bytes, exact)}`;
  return shown === versions ? all : `${shown} of ${all}`;
}

/** One version of a path that can be restored. */
export interface VersionRow {
  readonly file: SnapshotFile;
  readonly end: { readonly layer: number; readonly how: GoneHow | 'repeated' } | undefined;
}

/** Returns the versions of one path as a table, oldest first. */
export function versionLines(rows: readonly VersionRow[], format: DeletedFormat): string[] {
  const { palette, exact } = format;
  const instruction = instructionCutter(format);
  const columns: Column[] = [
    { header: 'LAYER', align: 'right' },
    { header: 'SIZE', align: 'right' },
    { header: 'CONTENT' },
    { header: 'STORED BY' },
    { header: 'THEN' },
  ];
  const cells = rows.map(({ file, end }): Cell[] => [
    String(file.layer),
    file.kind === 'file' ? formatBytes(file.size, exact) : { text: '-', style: palette.dim },
    contentCell(file, palette),
    instruction(file.layer),
    end === undefined
      ? { text: 'shown', style: palette.added }
      : {
          text: `${GONE_WORDS[end.how]} by ${end.layer} ${instruction(end.layer)}`.trimEnd(),
          style: end.how === 'repeated' ? palette.dim : palette.removed,
        },
  ]);
  return formatTable(columns, cells, { header: palette.heading });
}

/** Enough of the digest for `--version`, or what it is. */
function contentCell({ kind, content, link }: SnapshotFile, palette: Palette): Cell {
  if (content !== undefined) return { text: content.slice(0, 19), style: palette.digest };
  return kind === 'symlink' ? `-> ${link}` : kind;
}

/** Returns a function that gives a layer's instruction in its share of the terminal, each cut once. */
function instructionCutter({ width, ellipsis, instruction }: DeletedFormat): (layer: number) => string {
  const columns = width === undefined ? WIDEST : Math.max(NARROWEST, Math.min(WIDEST, Math.floor(width / 4)));
  const known = new Map<number, string>();
  return (layer) => {
    const text = known.get(layer) ?? cutRaw(instruction(layer), columns, ellipsis);
    known.set(layer, text);
    return text;
  };
}

/** Cuts raw text where what is shown of it would be longer; an image may have instructions of megabytes. */
function cutRaw(text: string, columns: number, ellipsis: string): string {
  let used = 0;
  let end = 0;
  let room = 0;
  for (const char of text) {
    used += textWidth(cellText(char));
    if (used <= columns - textWidth(ellipsis)) room = end + char.length;
    if (used > columns) return text.slice(0, room) + ellipsis;
    end += char.length;
  }
  return text;
}
