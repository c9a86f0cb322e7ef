import { structuredPatch, type StructuredPatchHunk } from 'diff';

/** A run of changed lines with context, as in a unified diff. */
export interface Hunk {
  readonly oldStart: number;
  readonly oldLines: number;
  readonly newStart: number;
  readonly newLines: number;
  /** Each begins with a blank, `-`, `+`, or is `\ No newline at end of file`. */
  readonly lines: readonly string[];
}

export interface TextCaps {
  /** Unchanged lines around a change; 3, as `diff -u`. */
  readonly context?: number;
  /** Lines of both sides together beyond which no least difference is looked for; 400,000, at most 1,000,000. */
  readonly maxLines?: number;
  /** Lines removed and added beyond which the search for the least difference ends; 2,000. */
  readonly maxEdits?: number;
  /** Milliseconds after which it ends as well; 5,000. */
  readonly timeout?: number;
}

export interface TextDifference {
  /** Undefined when a cap was reached and there would be too many lines to show. */
  readonly hunks: readonly Hunk[] | undefined;
  /** Which cap was reached, so that the hunks are right but not the least. */
  readonly stopped: string | undefined;
}

const NO_NEWLINE = '\\ No newline at end of file';

/** Each takes some hundred bytes while the difference is looked for. */
const MOST_LINES = 1_000_000;
/** Lines that differ, of both sides together, beyond which replacing them is of no use to anybody. */
const MAX_REPLACED = 400_000;

/** Compares two texts line by line; the hunks turn one into the other also when a cap ended the search. */
export function compareText(before: string, after: string, caps: TextCaps = {}): TextDifference {
  const { context = 3, maxEdits = 2000, timeout = 5000 } = caps;
  const maxLines = Math.min(caps.maxLines ?? 400_000, MOST_LINES);
  const lines = countBreaks(before, 0, before.length) + countBreaks(after, 0, after.length);
  if (lines > maxLines)
    return replaced(
      before,
      after,
      context,
      `stopped at cap: ${String(lines)} lines are more than ${String(maxLines)}`,
    );
  const patch = structuredPatch('', '', before, after, undefined, undefined, {
    context,
    maxEditLength: maxEdits,
    timeout,
  });
  if (patch !== undefined) return { hunks: patch.hunks.map(toHunk), stopped: undefined };
  return replaced(
    before,
    after,
    context,
    `stopped at cap: more than ${String(maxEdits)} lines differ, or the search took more than ${String(timeout)} ms`,
  );
}

function toHunk(hunk: StructuredPatchHunk): Hunk {
  const { oldStart, oldLines, newStart, newLines, lines } = hunk;
  return { oldStart, oldLines, newStart, newLines, lines };
}

function replaced(before: string, after: string, context: number, stopped: string): TextDifference {
  const hunk = replaceMiddle(before, after, context);
  return { hunks: hunk === undefined ? undefined : [hunk], stopped };
}

/**
 * A correct, not least, difference: the lines that begin and end alike are kept, all between is replaced. Only lines
 * that are shown become strings of their own. Undefined when they are too many.
 */
function replaceMiddle(before: string, after: string, context: number): Hunk | undefined {
  const head = commonHead(before, after);
  const tail = commonTail(before, after, head);
  const [oldEnd, newEnd] = [before.length - tail, after.length - tail];
  const oldCount = countLines(before, head, oldEnd);
  const newCount = countLines(after, head, newEnd);
  if (oldCount + newCount > MAX_REPLACED) return undefined;
  const from = linesBefore(before, head, context);
  const to = linesAfter(before, oldEnd, context);
  const lines: string[] = [];
  putLines(lines, ' ', before, from, head);
  putLines(lines, '-', before, head, oldEnd);
  putLines(lines, '+', after, head, newEnd);
  putLines(lines, ' ', before, oldEnd, to);
  const start = countBreaks(before, 0, from) + 1;
  const kept = countLines(before, from, head) + countLines(before, oldEnd, to);
  return {
    oldStart: start,
    oldLines: oldCount + kept,
    newStart: start,
    newLines: newCount + kept,
    lines,
  };
}

/** Length of the whole lines that both texts begin with. */
function commonHead(before: string, after: string): number {
  const most = Math.min(before.length, after.length);
  let length = 0;
  while (length < most && before.charCodeAt(length) === after.charCodeAt(length)) length += 1;
  return length === 0 ? 0 : before.lastIndexOf('\n', length - 1) + 1;
}

/** Length of the whole lines that both texts end with, behind their common `head`. */
function commonTail(before: string, after: string, head: number): number {
  const most = Math.min(before.length, after.length) - head;
  let length = 0;
  while (
    length < most &&
    before.charCodeAt(before.length - 1 - length) === after.charCodeAt(after.length - 1 - length)
  )
    length += 1;
  if (startsLine(before, before.length - length) && startsLine(after, after.length - length)) return length;
  const end = before.indexOf('\n', before.length - length);
  return end < 0 ? 0 : before.length - end - 1;
}

function startsLine(text: string, at: number): boolean {
  return at === 0 || text.charCodeAt(at - 1) === 10;
}

function linesBefore(text: string, at: number, count: number): number {
  let start = at;
  for (let i = 0; i < count && start > 0; i++)
    start = start === 1 ? 0 : text.lastIndexOf('\n', start - 2) + 1;
  return start;
}

function linesAfter(text: string, at: number, count: number): number {
  let end = at;
  for (let i = 0; i < count && end < text.length; i++) {
    const next = text.indexOf('\n', end);
    end = next < 0 ? text.length : next + 1;
  }
  return end;
}

function putLines(into: string[], sign: string, text: string, from: number, to: number): void {
  for (let start = from; start < to;) {
    const end = text.indexOf('\n', start);
    if (end < 0) {
      into.push(sign + text.slice(start, to), NO_NEWLINE);
      return;
    }
    into.push(sign + text.slice(start, end));
    start = end + 1;
  }
}

/** Lines of a part that begins and ends where lines do; the last of the text may have no line feed. */
function countLines(text: string, from: number, to: number): number {
  return countBreaks(text, from, to) + (to > from && !startsLine(text, to) ? 1 : 0);
}

function countBreaks(text: string, from: number, to: number): number {
  let lines = 0;
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}
