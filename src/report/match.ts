import type { Palette } from './colour.js';
import { escapeForTerminal } from './escape.js';
import { textWidth } from './width.js';

export interface MatchFormat {
  readonly palette: Palette;
  /** Where the line matches: pairs of start and end in code units. */
  readonly spans: readonly (readonly [start: number, end: number])[];
  /** Columns that the line may take; undefined: all of it is shown. */
  readonly width: number | undefined;
  readonly ellipsis: string;
  /** Where the text is a part of a longer line, and the line goes on. */
  readonly cut?: { readonly before: boolean; readonly after: boolean };
}

/** Code units shown before the first match of a line that is too long. */
const LEAD = 20;

/**
 * Returns a line of a file for a terminal: control characters escaped, tabs and backslashes kept, matches emphasised. A
 * line longer than `width` is cut to the part around its first match.
 */
export function matchLine(text: string, { palette, spans, width, ellipsis, cut }: MatchFormat): string {
  const before = cut?.before === true ? ellipsis : '';
  const after = cut?.after === true ? ellipsis : '';
  if (width === undefined) return before + painted(text, spans, palette) + after;
  const first = spans.at(0)?.[0] ?? 0;
  const start = escaped(text.slice(0, first)).length <= LEAD ? 0 : characterStart(text, first - LEAD);
  // Longer than any terminal is wide, so that a line of a megabyte costs nothing.
  const end = characterStart(text, start + width);
  const part = text.slice(start, end);
  const lead = start === 0 ? before : ellipsis;
  const room = width - textWidth(lead);
  if (end === text.length && textWidth(escaped(part)) <= room - textWidth(after))
    return lead + painted(part, shifted(spans, start, part.length), palette) + after;
  const kept = fitting(part, room - textWidth(ellipsis));
  return `${lead}${painted(kept, shifted(spans, start, kept.length), palette)}${ellipsis}`;
}

/** The longest beginning whose escaped form fits. */
function fitting(text: string, columns: number): string {
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (textWidth(escaped(text.slice(0, middle))) <= columns) low = middle;
    else high = middle - 1;
  }
  return text.slice(0, characterStart(text, low));
}

/** Goes back to where a character begins that `at` would split. */
function characterStart(text: string, at: number): number {
  if (at <= 0) return 0;
  if (at >= text.length) return text.length;
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff ? at - 1 : at;
}

function shifted(
  spans: readonly (readonly [number, number])[],
  start: number,
  length: number,
): [number, number][] {
  return spans
    .map(([from, to]): [number, number] => [Math.max(0, from - start), Math.min(length, to - start)])
    .filter(([from, to]) => from < to);
}

function painted(text: string, spans: readonly (readonly [number, number])[], palette: Palette): string {
  if (palette.level === 0) return escaped(text);
  let out = '';
  let at = 0;
  for (const [start, end] of spans) {
    out += escaped(text.slice(at, start)) + palette.match(escaped(text.slice(start, end)));
    at = end;
  }
  return out + escaped(text.slice(at));
}

function escaped(text: string): string {
  return escapeForTerminal(text, { newlines: 'keep', backslashes: 'keep' });
}
