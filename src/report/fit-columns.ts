/**
 * A column, by its header, that gives way where the table is wider than its terminal, and how many columns are left of it:
 * longer texts are cut to them. Of 0, the only one for numbers, the column is left out.
 */
export type GiveWay = readonly [header: string, least: number];

interface FitColumn {
  readonly header: string;
  readonly align?: 'left' | 'right';
  readonly width: number;
}

/** Columns below which a text says nothing. */
export const LEAST_TEXT = 8;

/**
 * Returns the widths with which a row takes at most `terminalWidth` columns, 0 for what is left out: `giveWay` in its order,
 * each no more than needed, and before all a last column of text that it does not name. Undefined where the table fits as
 * it is, and where all of that is not enough: a line that wraps anyway loses no column.
 */
export function fitColumns(
  columns: readonly FitColumn[],
  giveWay: readonly GiveWay[],
  terminalWidth: number,
  gap: number,
): readonly number[] | undefined {
  const widths = columns.map(({ width }) => width);
  let excess = widths.reduce((sum, width) => sum + width + gap, -gap) - terminalWidth;
  if (excess <= 0) return undefined;
  const steps = giveWay.map(([header, least]) => ({
    at: columns.findIndex((column) => column.header === header),
    least,
  }));
  const last = columns.length - 1;
  if (columns[last].align !== 'right' && !steps.some(({ at }) => at === last))
    steps.unshift({ at: last, least: LEAST_TEXT });
  for (const { at, least } of steps) {
    if (excess <= 0) break;
    if (at === -1 || widths[at] <= least) continue;
    const left = least === 0 ? 0 : Math.max(least, widths[at] - excess);
    excess -= widths[at] - left + (left === 0 ? gap : 0);
    widths[at] = left;
  }
  return excess > 0 ? undefined : widths;
}
