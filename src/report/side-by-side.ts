import { hunkRange, type Hunk } from '../layers/contents/content-diff.js';
import type { Palette, Style } from './colour.js';
import type { DiffLabels } from './content-diff.js';
import { escapeForTerminal } from './escape.js';
import { type HunkLine, hunkRuns } from './hunk-rows.js';
import { textWidth, truncateText } from './width.js';

export interface SideBySideFormat {
  readonly palette: Palette;
  /** Columns of the terminal. */
  readonly width: number;
  readonly ellipsis: string;
}

/** Narrower columns show nothing. */
const LEAST_COLUMN = 12;
const TAB = 8;
const TABS_AND_LINES = { newlines: 'keep', backslashes: 'keep' } as const;

/**
 * Yields two columns, before and after, with line numbers, no wider than the terminal; between them `|` for a line that
 * changed, `<` and `>` for one that is on one side only, as `diff -y` has it. Longer lines are cut.
 */
export function* sideBySideLines(
  hunks: readonly Hunk[],
  labels: DiffLabels,
  { palette, width, ellipsis }: SideBySideFormat,
): Generator<string> {
  if (hunks.length === 0) return;
  const digits = hunks.reduce(
    (most, { oldStart, oldLines, newStart, newLines }) =>
      Math.max(most, String(oldStart + oldLines).length, String(newStart + newLines).length),
    2,
  );
  // Number, blank and text on either side, and the sign with a blank round it.
  const column = Math.max(LEAST_COLUMN, Math.floor((width - 3) / 2) - digits - 1);
  const fit = (text: string): string => truncateText(text, column + digits + 1, ellipsis);
  const cell = (line: HunkLine | undefined, style: Style, pad: boolean): string => {
    const text = line === undefined ? '' : truncateText(shown(line.text), column, ellipsis);
    const number = (line?.number ?? '').toString().padStart(digits);
    const fill = pad ? ' '.repeat(Math.max(0, column - textWidth(text))) : '';
    return `${palette.dim(number)} ${text === '' ? '' : style(text)}${fill}`;
  };
  const [before, after] = [labels.before ?? '/dev/null', labels.after ?? '/dev/null'].map((label) =>
    fit(escapeForTerminal(label)),
  );
  const gap = ' '.repeat(Math.max(0, column + digits + 1 - textWidth(before)));
  yield `${palette.heading(before)}${gap}   ${palette.heading(after)}`;
  for (const hunk of hunks) {
    yield palette.note(
      `@@ -${hunkRange(hunk.oldStart, hunk.oldLines)} +${hunkRange(hunk.newStart, hunk.newLines)} @@`,
    );
    for (const { changed, old, now } of hunkRuns(hunk)) {
      for (let i = 0; i < Math.max(old.length, now.length); i++) {
        const [left, right] = [old.at(i), now.at(i)];
        const sign = !changed ? ' ' : left === undefined ? '>' : right === undefined ? '<' : '|';
        const [leftStyle, rightStyle] = changed
          ? [palette.removed, palette.added]
          : [palette.plain, palette.plain];
        yield right === undefined
          ? `${cell(left, leftStyle, true)} ${sign}`
          : `${cell(left, leftStyle, true)} ${sign} ${cell(right, rightStyle, false)}`;
      }
    }
  }
}

/** Escapes a line and sets its tabs, which would make its width depend on where it begins. */
function shown(line: string): string {
  const text = escapeForTerminal(line, TABS_AND_LINES);
  if (!text.includes('\t')) return text;
  let out = '';
  let columns = 0;
  for (const [i, part] of text.split('\t').entries()) {
    if (i > 0) {
      const fill = TAB - (columns % TAB);
      out += ' '.repeat(fill);
      columns += fill;
    }
    out += part;
    columns += textWidth(part);
  }
  return out;
}
