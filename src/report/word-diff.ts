import { diffWordsWithSpace } from 'diff';
import { hunkRange, type Hunk } from '../layers/contents/content-diff.js';
import type { Palette } from './colour.js';
import type { DiffLabels } from './content-diff.js';
import { escapeForTerminal } from './escape.js';
import { type HunkLine, hunkRuns } from './hunk-rows.js';

/** Characters of one changed run, both sides, beyond which its lines are replaced whole. */
const MAX_RUN = 20_000;
/** The same for all runs together. */
const MAX_ALL = 1_000_000;
/** Words removed and added beyond which the search for the least difference ends. */
const MAX_EDITS = 500;
/** Milliseconds after which it ends as well, for one run. */
const TIMEOUT = 500;

type Part = readonly [kind: 'same' | 'removed' | 'added', text: string];

/**
 * Yields a difference by words as `git diff --word-diff=plain` prints it: lines without a sign, what was removed as
 * `[-old-]`, what was added as `{+new+}`, coloured as well where there are colours. Runs of lines that are too long or
 * too different are replaced whole.
 */
export function* wordDiffLines(
  hunks: readonly Hunk[],
  labels: DiffLabels,
  palette: Palette,
): Generator<string> {
  if (hunks.length === 0) return;
  yield palette.heading(`--- ${escapeForTerminal(labels.before ?? '/dev/null')}`);
  yield palette.heading(`+++ ${escapeForTerminal(labels.after ?? '/dev/null')}`);
  let left = MAX_ALL;
  for (const hunk of hunks) {
    yield palette.note(
      `@@ -${hunkRange(hunk.oldStart, hunk.oldLines)} +${hunkRange(hunk.newStart, hunk.newLines)} @@`,
    );
    for (const { changed, old, now } of hunkRuns(hunk)) {
      if (!changed) {
        for (const line of old) yield shown(line.text);
        continue;
      }
      const [before, after] = [joined(old), joined(now)];
      const size = before.length + after.length;
      yield* partLines(wordParts(before, after, size <= Math.min(MAX_RUN, left)), palette);
      left -= size;
    }
  }
}

function joined(lines: readonly HunkLine[]): string {
  return lines.map(({ text }) => `${text}\n`).join('');
}

function wordParts(before: string, after: string, look: boolean): Part[] {
  const words =
    look && before !== '' && after !== ''
      ? diffWordsWithSpace(before, after, { maxEditLength: MAX_EDITS, timeout: TIMEOUT })
      : undefined;
  const parts: Part[] =
    words === undefined
      ? [
          ['removed', before],
          ['added', after],
        ]
      : words.map(({ added, removed, value }) => [removed ? 'removed' : added ? 'added' : 'same', value]);
  return parts.flatMap((part, i) => shareLineFeed(part, parts.at(i - 1), parts.at(i + 1), i));
}

/** Where a part that was removed and the one added in its place both end the line, the line ends once, behind both. */
function shareLineFeed(part: Part, before: Part | undefined, after: Part | undefined, i: number): Part[] {
  const [kind, text] = part;
  const ends = (other: Part | undefined, wanted: Part[0]): boolean =>
    other?.[0] === wanted && other[1].endsWith('\n') && text.endsWith('\n');
  if (kind === 'removed' && ends(after, 'added')) return [[kind, text.slice(0, -1)]];
  if (kind === 'added' && i > 0 && ends(before, 'removed'))
    return [
      [kind, text.slice(0, -1)],
      ['same', '\n'],
    ];
  return [part];
}

/** Marks end and begin again at every line, so that each line can be read alone; an empty line has marks of its own. */
function* partLines(parts: readonly Part[], palette: Palette): Generator<string> {
  let line = '';
  for (const [kind, text] of parts) {
    for (const [i, piece] of text.split('\n').entries()) {
      if (i > 0) {
        yield line === '' && kind !== 'same' ? marked(kind, '', palette) : line;
        line = '';
      }
      if (piece !== '') line += marked(kind, piece, palette);
    }
  }
  if (line !== '') yield line;
}

function marked(kind: Part[0], text: string, palette: Palette): string {
  switch (kind) {
    case 'same':
      return shown(text);
    case 'removed':
      return palette.removed(`[-${shown(text)}-]`);
    case 'added':
      return palette.added(`{+${shown(text)}+}`);
  }
}

function shown(text: string): string {
  return escapeForTerminal(text, { newlines: 'keep', backslashes: 'keep' });
}
