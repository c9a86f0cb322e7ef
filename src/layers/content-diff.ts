import { structuredPatch, type StructuredPatchHunk } from 'diff';

/** How bytes were read as text. */
export type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'latin-1';

export interface ContentDiffOptions {
  /** Unchanged lines around a change; 3, as `diff -u`. */
  readonly context?: number;
  /** Bytes of either side beyond which nothing is compared; 8 MiB. */
  readonly maxBytes?: number;
  /** Lines of both sides together beyond which no least difference is looked for; 400,000. */
  readonly maxLines?: number;
  /** Lines removed and added beyond which the search for the least difference ends; 2,000. */
  readonly maxEdits?: number;
  /** Milliseconds after which it ends as well; 5,000. */
  readonly timeout?: number;
}

/** A run of changed lines with context, as in a unified diff. */
export interface Hunk {
  readonly oldStart: number;
  readonly oldLines: number;
  readonly newStart: number;
  readonly newLines: number;
  /** Each begins with a blank, `-`, `+`, or is `\ No newline at end of file`. */
  readonly lines: readonly string[];
}

export type ContentDiff =
  | { readonly kind: 'same' }
  | {
      readonly kind: 'text';
      readonly hunks: readonly Hunk[];
      /** Lines. Where `stopped` is given they are an upper bound. */
      readonly added: number;
      readonly removed: number;
      /** Undefined for a side that is absent. */
      readonly encodings: readonly [before: TextEncoding | undefined, after: TextEncoding | undefined];
      /** A cap was reached: all between the first and the last differing line is shown as replaced. */
      readonly stopped: string | undefined;
    }
  | {
      /** `capped` was too large to look into. */
      readonly kind: 'binary' | 'capped';
      readonly sizes: readonly [before: number | undefined, after: number | undefined];
      /** Offset of the first byte that differs. */
      readonly firstDifference: number;
      /** Why, for `capped`. */
      readonly note: string | undefined;
    };

const MiB = 1024 * 1024;
const NO_NEWLINE = '\\ No newline at end of file';

/**
 * Compares two contents; undefined is an absent file. Text (UTF-8, UTF-16 with its mark, else Latin-1 without control
 * characters) gives hunks that `patch` applies, also when a cap ended the search; other bytes the first difference.
 * Ends within the caps for any input.
 */
export function diffContents(
  before: Uint8Array | undefined,
  after: Uint8Array | undefined,
  options: ContentDiffOptions = {},
): ContentDiff {
  if (before === undefined ? after === undefined : after !== undefined && Buffer.compare(before, after) === 0)
    return { kind: 'same' };
  const maxBytes = options.maxBytes ?? 8 * MiB;
  const sizes = [before?.length, after?.length] as const;
  const largest = Math.max(sizes[0] ?? 0, sizes[1] ?? 0);
  if (largest > maxBytes) {
    const note = `stopped at cap: ${String(largest)} bytes are more than ${String(maxBytes)}`;
    return { kind: 'capped', sizes, firstDifference: firstDifference(before, after), note };
  }
  const old = before === undefined ? { text: '', encoding: undefined } : decodeText(before);
  const now = after === undefined ? { text: '', encoding: undefined } : decodeText(after);
  if (old === undefined || now === undefined)
    return { kind: 'binary', sizes, firstDifference: firstDifference(before, after), note: undefined };
  const encodings = [old.encoding, now.encoding] as const;
  const compared = compareText(old.text, now.text, options);
  const count = (sign: string): number =>
    compared.hunks.reduce((sum, hunk) => sum + hunk.lines.filter((line) => line.startsWith(sign)).length, 0);
  return { kind: 'text', ...compared, added: count('+'), removed: count('-'), encodings };
}

/**
 * Returns a unified diff as GNU diff prints it; names with blanks or control characters are quoted as GNU does. An
 * undefined name stands for an absent file (`/dev/null`).
 */
export function formatUnified(
  hunks: readonly Hunk[],
  before: string | undefined,
  after: string | undefined,
): string {
  if (hunks.length === 0) return '';
  const out = [`--- ${quoteName(before)}`, `+++ ${quoteName(after)}`];
  for (const hunk of hunks) {
    out.push(`@@ -${range(hunk.oldStart, hunk.oldLines)} +${range(hunk.newStart, hunk.newLines)} @@`);
    for (const line of hunk.lines) out.push(line);
  }
  return `${out.join('\n')}\n`;
}

/** Returns the text of the bytes and how they were read, or undefined when they are no text. */
export function decodeText(
  bytes: Uint8Array,
): { readonly text: string; readonly encoding: TextEncoding } | undefined {
  const mark = bytes.length >= 2 && bytes.length % 2 === 0 ? (bytes[0] << 8) | bytes[1] : 0;
  if (mark === 0xfffe || mark === 0xfeff) {
    const encoding = mark === 0xfffe ? 'utf-16le' : 'utf-16be';
    const text = decode(bytes, encoding);
    if (text !== undefined && isText(text)) return { text, encoding };
  }
  // A NUL makes it binary for git and GNU diff too.
  if (bytes.includes(0)) return undefined;
  const text = decode(bytes, 'utf-8');
  if (text !== undefined) return isText(text) ? { text, encoding: 'utf-8' } : undefined;
  const latin = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  return isText(latin) && !/[\x80-\x9f]/.test(latin) ? { text: latin, encoding: 'latin-1' } : undefined;
}

function decode(bytes: Uint8Array, encoding: 'utf-8' | 'utf-16le' | 'utf-16be'): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: encoding === 'utf-8' }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Text may hold some control characters (escape sequences, form feeds), but is not made of them. */
function isText(text: string): boolean {
  let controls = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 0) return false;
    if (unit < 0x20 && unit !== 9 && unit !== 10 && unit !== 13) controls += 1;
  }
  return controls * 10 <= text.length;
}

function compareText(
  before: string,
  after: string,
  options: ContentDiffOptions,
): { hunks: readonly Hunk[]; stopped: string | undefined } {
  const context = options.context ?? 3;
  const maxEdits = options.maxEdits ?? 2000;
  const timeout = options.timeout ?? 5000;
  const maxLines = options.maxLines ?? 400_000;
  const lines = countLines(before) + countLines(after);
  if (lines > maxLines)
    return {
      hunks: [replaceMiddle(before, after, context)],
      stopped: `stopped at cap: ${String(lines)} lines are more than ${String(maxLines)}`,
    };
  const patch = structuredPatch('', '', before, after, undefined, undefined, {
    context,
    maxEditLength: maxEdits,
    timeout,
  });
  if (patch !== undefined) return { hunks: patch.hunks.map(toHunk), stopped: undefined };
  const stopped = `stopped at cap: more than ${String(maxEdits)} lines differ, or the search took more than ${String(timeout)} ms`;
  return { hunks: [replaceMiddle(before, after, context)], stopped };
}

function toHunk(hunk: StructuredPatchHunk): Hunk {
  const { oldStart, oldLines, newStart, newLines, lines } = hunk;
  return { oldStart, oldLines, newStart, newLines, lines };
}

/** A correct, not least, difference: the lines that begin and end alike are kept, all between is replaced. */
function replaceMiddle(before: string, after: string, context: number): Hunk {
  const old = splitLines(before);
  const now = splitLines(after);
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head += 1;
  let tail = 0;
  while (
    tail < old.length - head &&
    tail < now.length - head &&
    old[old.length - 1 - tail] === now[now.length - 1 - tail]
  )
    tail += 1;
  const from = Math.max(0, head - context);
  const kept = Math.min(tail, context);
  const lines: string[] = [];
  const put = (sign: string, some: readonly string[]): void => {
    for (const line of some)
      if (line.endsWith('\n')) lines.push(sign + line.slice(0, -1));
      else lines.push(sign + line, NO_NEWLINE);
  };
  put(' ', old.slice(from, head));
  put('-', old.slice(head, old.length - tail));
  put('+', now.slice(head, now.length - tail));
  put(' ', old.slice(old.length - tail, old.length - tail + kept));
  const oldLines = old.length - tail + kept - from;
  const newLines = now.length - tail + kept - from;
  return { oldStart: from + 1, oldLines, newStart: from + 1, newLines, lines };
}

function splitLines(text: string): string[] {
  const lines = text.split('\n');
  const last = lines.pop() ?? '';
  const ended = lines.map((line) => `${line}\n`);
  return last === '' ? ended : [...ended, last];
}

function countLines(text: string): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}

/** GNU leaves out a count of one, and gives the line before for an empty range. */
function range(start: number, lines: number): string {
  if (lines === 0) return `${String(start - 1)},0`;
  return lines === 1 ? String(start) : `${String(start)},${String(lines)}`;
}

function quoteName(name: string | undefined): string {
  if (name === undefined) return '/dev/null';
  if (!/[\x00-\x20"\\\x7f]/.test(name)) return name;
  return `"${name.replace(/[\x00-\x1f"\\\x7f]/g, (char) => (char === '"' || char === '\\' ? `\\${char}` : `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`))}"`;
}

function firstDifference(before: Uint8Array | undefined, after: Uint8Array | undefined): number {
  const a = before ?? new Uint8Array(0);
  const b = after ?? new Uint8Array(0);
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return i;
  return length;
}
