import type { ContentDiff, Hunk } from '../layers/contents/content-diff.js';
import { formatUnified } from '../layers/contents/content-diff.js';
import { formatBytes, formatCount } from './bytes.js';
import type { Palette, Style } from './colour.js';
import { escapeForTerminal } from './escape.js';

export interface DiffLabels {
  /** What each side is called; undefined for an absent file. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/**
 * Yields the lines that show how two contents differ: a unified diff as GNU diff prints it, coloured and with control
 * characters escaped, or one line that says why there is none. `hunkLines` shows the hunks in another form.
 */
export function* diffLines(
  diff: ContentDiff,
  labels: DiffLabels,
  palette: Palette,
  hunkLines: (hunks: readonly Hunk[]) => Iterable<string> = (hunks) => unifiedLines(hunks, labels, palette),
): Generator<string> {
  if (diff.kind === 'same') {
    yield palette.dim('the contents are the same');
    return;
  }
  if (diff.kind === 'text') {
    const encodings = encodingsText(diff.encodings);
    if (encodings !== undefined)
      yield palette.note(diff.hunks.length === 0 ? `the text is the same, ${encodings}` : encodings);
    yield* hunkLines(diff.hunks);
    if (diff.stopped !== undefined) yield palette.warning(`not the least difference: ${diff.stopped}`);
    return;
  }
  const [before, after] = diff.sizes;
  const sizes = `${sizeText(before)} before, ${sizeText(after)} after`;
  const where = `the first difference is at byte ${formatCount(diff.firstDifference)}`;
  yield palette.note(
    diff.kind === 'binary'
      ? `binary contents differ: ${sizes}; ${where}`
      : `contents differ: ${sizes}; ${diff.note ?? where}`,
  );
}

/**
 * Returns how the two sides were read where that is not plain UTF-8, or not the same: lines may then differ in bytes and
 * look alike.
 */
function encodingsText([before, after]: Extract<ContentDiff, { kind: 'text' }>['encodings']):
  string | undefined {
  if ((before ?? 'utf-8') === 'utf-8' && (after ?? 'utf-8') === 'utf-8') return undefined;
  if (before === undefined || after === undefined || before === after)
    return `read as ${String(before ?? after)}`;
  return `read as ${before} before, ${after} after`;
}

function* unifiedLines(hunks: readonly Hunk[], labels: DiffLabels, palette: Palette): Generator<string> {
  const text = formatUnified(hunks, labels.before, labels.after);
  let line = 0;
  for (let start = 0; start < text.length; line++) {
    const end = text.indexOf('\n', start);
    const raw = text.slice(start, end);
    yield styleOf(raw, line, palette)(escapeForTerminal(raw, { newlines: 'keep', backslashes: 'keep' }));
    start = end + 1;
  }
}

function styleOf(line: string, number: number, palette: Palette): Style {
  if (number < 2) return palette.heading;
  if (line.startsWith('@@')) return palette.note;
  if (line.startsWith('+')) return palette.added;
  if (line.startsWith('-')) return palette.removed;
  return line.startsWith('\\') ? palette.dim : palette.plain;
}

function sizeText(bytes: number | undefined): string {
  return bytes === undefined ? 'nothing' : formatBytes(bytes, false);
}

/** Returns a difference for JSON: kind, sizes or hunks, what stopped it, and, where asked for, how text was read. */
export function diffJson(diff: ContentDiff, { encodings = false } = {}): object {
  switch (diff.kind) {
    case 'same':
      return { kind: 'same' };
    case 'text':
      return {
        kind: 'text',
        added: diff.added,
        removed: diff.removed,
        hunks: diff.hunks,
        stopped: diff.stopped ?? null,
        ...(encodings
          ? { encodings: { before: diff.encodings[0] ?? null, after: diff.encodings[1] ?? null } }
          : {}),
      };
    case 'binary':
    case 'capped':
      return {
        kind: diff.kind,
        sizes: { before: diff.sizes[0] ?? null, after: diff.sizes[1] ?? null },
        firstDifference: diff.kind === 'binary' ? diff.firstDifference : null,
        note: diff.note ?? null,
      };
  }
}
