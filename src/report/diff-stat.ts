import type { Difference } from '../layers/compare/diff.js';
import { formatBytes, plural } from './bytes.js';
import {
  countDifferences,
  countsText,
  type DiffFormat,
  growth,
  MARKS,
  signedBytes,
  styleOf,
} from './diff.js';
import { escapeForTerminal } from './escape.js';
import { textWidth } from './width.js';

/** As git has them. */
const LETTERS = { added: 'A', removed: 'D', modified: 'M', renamed: 'R' } as const;

/** Yields `M<TAB>path`; `R<TAB>old<TAB>new` for a renamed file. Paths are escaped, so that one line is one path. */
export function* statusLines(found: Iterable<Difference>): Generator<string> {
  for (const { kind, path, before } of found) {
    const old = kind === 'renamed' ? `${escapeForTerminal(before?.path ?? '')}\t` : '';
    yield `${LETTERS[kind]}\t${old}${escapeForTerminal(path)}`;
  }
}

/** Columns of the longest bar. */
const BAR = 24;
/** Columns of paths that others are aligned to. */
const WIDEST = 60;

/** Yields a line for each path with its sizes and how much it grew, as a bar; then the sums. */
export function* statLines(
  found: readonly Difference[],
  format: DiffFormat & { readonly width: number | undefined },
): Generator<string> {
  const { palette, exact, arrow } = format;
  const largest = found.reduce((most, difference) => Math.max(most, Math.abs(growth(difference))), 1);
  const rows = found.map((difference) => {
    const { kind, path, before, after } = difference;
    const sizes = [before, after].map((file) =>
      file?.kind === 'file' ? formatBytes(file.size, exact) : '-',
    );
    const own = escapeForTerminal(path);
    return {
      difference,
      path: kind === 'renamed' ? `${escapeForTerminal(before?.path ?? '')} ${arrow} ${own}` : own,
      sizes: `${sizes[0]} ${arrow} ${sizes[1]}`,
    };
  });
  const width = rows.reduce((most, { path }) => Math.max(most, Math.min(WIDEST, textWidth(path))), 0);
  const sizeWidth = rows.reduce((most, { sizes }) => Math.max(most, textWidth(sizes)), 0);
  const pad = (text: string, columns: number): string =>
    text + ' '.repeat(Math.max(0, columns - textWidth(text)));
  for (const { difference, path, sizes } of rows) {
    const grown = growth(difference);
    const length = grown === 0 ? 0 : Math.max(1, Math.round((Math.abs(grown) / largest) * BAR));
    const bar = (grown < 0 ? palette.removed : palette.added)((grown < 0 ? '-' : '+').repeat(length));
    const mark = styleOf(difference.kind, palette)(MARKS[difference.kind]);
    yield `${mark} ${pad(path, width)} | ${pad(sizes, sizeWidth)} | ${signedBytes(grown, exact)} ${bar}`.trimEnd();
  }
  yield `${plural(found.length, 'path')}: ${countsText(countDifferences(found), exact)}`;
}
