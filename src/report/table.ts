import { cellText, styleLike, type Cell } from './cell.js';
import type { Style } from './colour.js';
import { escapeForTerminal } from './escape.js';
import { fitColumns, type GiveWay, LEAST_TEXT } from './fit-columns.js';
import { textWidth, truncateText } from './width.js';

export interface Column {
  /** '' for a column without a title. */
  readonly header: string;
  /** Default: left. */
  readonly align?: 'left' | 'right';
  /** Columns reserved at least; a streamed table knows no other width. Longer cells push the rest of their row. */
  readonly width?: number;
}

export interface TableOptions {
  /** How the header is shown; undefined leaves the header line out. */
  readonly header?: Style | undefined;
  /**
   * Columns of the terminal: the last column of a row is cut there, unless it is one of numbers (to the right), and where
   * next to nothing would be left of it only at the end of the next line. Undefined (no terminal): nothing is cut.
   */
  readonly terminalWidth?: number | undefined;
  /** What gives way, in this order, where the table is wider than that; a streamed table is not known to be. */
  readonly giveWay?: readonly GiveWay[];
  /** Ends a cut cell; `...` where the locale has no UTF-8. */
  readonly ellipsis?: string;
}

/** Columns between two columns. */
const GAP = '  ';

/** Returns the lines of an aligned table, each column as wide as its widest cell. Cells are escaped here. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  options: TableOptions = {},
): string[] {
  const measured = measure(columns, rows, options.header !== undefined);
  const { terminalWidth, giveWay = [] } = options;
  const widths =
    terminalWidth === undefined ? undefined : fitColumns(measured, giveWay, terminalWidth, GAP.length);
  if (widths === undefined) return [...streamTable(measured, rows, options)];
  const stays = (_: unknown, i: number): boolean => widths[i] > 0;
  const layout = measured.map(({ header, align }, i): ColumnLayout => ({
    header,
    right: align === 'right',
    width: widths[i],
    most: widths[i],
  }));
  const kept = rows.map((row) => row.filter(stays));
  return [...formatRows(layout.filter(stays), kept, options)];
}

/**
 * Yields the lines of a table whose rows come one by one and are never held; the widths are the columns' own
 * `width` (or that of the header). Cells are escaped here.
 */
export function* streamTable(
  columns: readonly Column[],
  rows: Iterable<readonly Cell[]>,
  options: TableOptions = {},
): Generator<string> {
  const layout = columns.map(({ header, align, width = 0 }): ColumnLayout => ({
    header,
    right: align === 'right',
    width: Math.max(width, options.header === undefined ? 0 : textWidth(header)),
    most: undefined,
  }));
  yield* formatRows(layout, rows, options);
}

interface ColumnLayout {
  readonly header: string;
  readonly right: boolean;
  readonly width: number;
  /** Longer texts are cut. */
  readonly most: number | undefined;
}

function* formatRows(
  layout: readonly ColumnLayout[],
  rows: Iterable<readonly Cell[]>,
  options: TableOptions,
): Generator<string> {
  const style = options.header;
  if (style !== undefined)
    yield formatRow(
      layout,
      layout.map(({ header }) => ({ text: header, style })),
      options,
    );
  for (const row of rows) yield formatRow(layout, row, options);
}

function formatRow(layout: readonly ColumnLayout[], row: readonly Cell[], options: TableOptions): string {
  let last = Math.min(row.length, layout.length) - 1;
  while (last >= 0 && isEmpty(row[last])) last -= 1;
  let line = '';
  let used = 0;
  for (let i = 0; i <= last; i++) {
    const cell = row[i];
    const { right, width, most } = layout[i];
    let text = cellText(cell);
    if (i < last && most !== undefined) text = truncateText(text, most, options.ellipsis);
    // A number that is cut is another number.
    if (i === last && !right && options.terminalWidth !== undefined)
      text = truncateText(text, roomFor(used, options.terminalWidth), options.ellipsis);
    if (i === last && !right) return line + styleLike(cell, text);
    const own = textWidth(text);
    const padding = own < width ? ' '.repeat(width - own) : '';
    const styled = styleLike(cell, text);
    line += right ? padding + styled : styled + padding;
    if (i === last) return line;
    line += GAP;
    used += Math.max(own, width) + GAP.length;
  }
  return line;
}

/** Columns of a text that begins behind `used` others: those left in its line or, where they are too few, in the next, too. */
function roomFor(used: number, terminalWidth: number): number {
  const left = terminalWidth - (used % terminalWidth);
  return left < Math.min(LEAST_TEXT, terminalWidth) ? left + terminalWidth : left;
}

function isEmpty(cell: Cell): boolean {
  return (typeof cell === 'string' ? cell : cell.text) === '';
}

function measure(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  header: boolean,
): (Column & { width: number })[] {
  const widths = columns.map((column) => Math.max(column.width ?? 0, header ? textWidth(column.header) : 0));
  for (const row of rows) {
    const count = Math.min(row.length, widths.length);
    for (let i = 0; i < count; i++) {
      const width = textWidth(cellText(row[i]));
      if (width > widths[i]) widths[i] = width;
    }
  }
  return columns.map((column, i) => ({ ...column, width: widths[i] }));
}

/**
 * Returns the lines of `label  value` pairs, values aligned; a value of several cells takes a line for each. The
 * label is ours, values are escaped.
 */
export function formatFields(
  fields: readonly (readonly [label: string, value: Cell | readonly Cell[]])[],
  label: Style,
): string[] {
  const width = Math.max(0, ...fields.map(([name]) => textWidth(name)));
  return fields.flatMap(([name, value]) => {
    const cells: readonly Cell[] = Array.isArray(value) ? value : [value as Cell];
    return cells.map((cell, i) => {
      const title = i === 0 ? name : '';
      const text = styleLike(cell, cellText(cell));
      if (text === '') return label(escapeForTerminal(title));
      return `${title === '' ? '' : label(title)}${' '.repeat(width - textWidth(title))}${GAP}${text}`;
    });
  });
}
