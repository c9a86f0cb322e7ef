import { median, type Run } from './measure.js';

/** One line of the table. */
export interface Row {
  readonly what: string;
  readonly ours: string;
  readonly baseline: string;
  readonly ratio: number;
  /** Undefined: there is none, the row is for comparison. */
  readonly target: number | undefined;
  readonly note?: string | undefined;
}

/** Returns the row of two commands that were run in turn: the median of the ratios of neighbours. */
export function ratioRow(
  what: string,
  { a, b }: { readonly a: readonly Run[]; readonly b: readonly Run[] },
  target?: number,
  note?: string,
): Row {
  return {
    what,
    ours: seconds(median(a.map((one) => one.seconds))),
    baseline: seconds(median(b.map((one) => one.seconds))),
    ratio: median(a.map((one, i) => one.seconds / b[i].seconds)),
    target,
    note,
  };
}

/** Returns the row of what A costs above B, in seconds, against the most it may. */
export function aboveRow(
  what: string,
  { a, b }: { readonly a: readonly Run[]; readonly b: readonly Run[] },
  most: number,
): Row {
  const above = median(a.map((one, i) => one.seconds - b[i].seconds));
  return {
    what,
    ours: seconds(median(a.map((one) => one.seconds))),
    baseline: seconds(median(b.map((one) => one.seconds))),
    ratio: above / most,
    target: 1,
    note: `${milliseconds(above)} above, at most ${milliseconds(most)}`,
  };
}

/** Returns the row of a figure against the most it may be. */
export function boundRow(
  what: string,
  ours: number,
  most: number,
  format: (value: number) => string,
  note?: string,
): Row {
  return { what, ours: format(ours), baseline: format(most), ratio: ours / most, target: 1, note };
}

export const seconds = (value: number): string => `${value.toFixed(value < 10 ? 3 : 1)} s`;
export const milliseconds = (value: number): string => `${(value * 1000).toFixed(0)} ms`;

/** Returns the largest resident set among the runs, in words. */
export function peak(runs: readonly Run[]): string {
  return `peak ${Math.max(...runs.map((one) => one.peakMB)).toFixed(0)} MB`;
}

/** Returns the rows as a table in Markdown. */
export function markdown(rows: readonly Row[]): string {
  const lines = rows.map(({ what, ours, baseline, ratio, target, note = '' }) => {
    const goal = target === undefined ? '' : `≤ ${String(target)}`;
    const verdict = target === undefined ? '' : ratio <= target ? 'met' : '**missed**';
    return `| ${what} | ${ours} | ${baseline} | ${ratio.toFixed(2)} | ${goal} | ${verdict} | ${note} |`;
  });
  return `| what; baseline | ours | baseline | ratio | target | | note |\n|---|---|---|---|---|---|---|\n${lines.join('\n')}\n`;
}
