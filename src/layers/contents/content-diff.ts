import { firstDifference } from './first-difference.js';
import { compareText, type Hunk, type TextCaps } from './text-diff.js';

export type { Hunk } from './text-diff.js';

/** How bytes were read as text. */
export type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'latin-1';

export interface ContentDiffOptions extends TextCaps {
  /** Bytes of either side beyond which nothing is compared; 8 MiB, at most 256 MiB. */
  readonly maxBytes?: number;
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
/** What a JavaScript string surely holds, whatever the encoding. */
const MOST_BYTES = 256 * MiB;

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
  const maxBytes = Math.min(options.maxBytes ?? 8 * MiB, MOST_BYTES);
  const sizes = [before?.length, after?.length] as const;
  const largest = Math.max(sizes[0] ?? 0, sizes[1] ?? 0);
  if (largest > maxBytes) {
    const note = `stopped at cap: ${String(largest)} bytes are more than ${String(maxBytes)}`;
    return { kind: 'capped', sizes, firstDifference: firstByte(before, after), note };
  }
  const old = before === undefined ? { text: '', encoding: undefined } : decodeText(before);
  const now = after === undefined ? { text: '', encoding: undefined } : decodeText(after);
  if (old === undefined || now === undefined)
    return { kind: 'binary', sizes, firstDifference: firstByte(before, after), note: undefined };
  const encodings = [old.encoding, now.encoding] as const;
  const { hunks, stopped } = compareText(old.text, now.text, options);
  if (hunks === undefined)
    return { kind: 'capped', sizes, firstDifference: firstByte(before, after), note: stopped };
  const count = (sign: string): number =>
    hunks.reduce((sum, hunk) => sum + hunk.lines.filter((line) => line.startsWith(sign)).length, 0);
  return { kind: 'text', hunks, stopped, added: count('+'), removed: count('-'), encodings };
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
    out.push(`@@ -${hunkRange(hunk.oldStart, hunk.oldLines)} +${hunkRange(hunk.newStart, hunk.newLines)} @@`);
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

/** Returns a hunk's range as GNU writes it: a count of one left out, the line before for an empty range. */
export function hunkRange(start: number, lines: number): string {
  if (lines === 0) return `${String(start - 1)},0`;
  return lines === 1 ? String(start) : `${String(start)},${String(lines)}`;
}

function quoteName(name: string | undefined): string {
  if (name === undefined) return '/dev/null';
  if (!/[\x00-\x20"\\\x7f]/.test(name)) return name;
  return `"${name.replace(/[\x00-\x1f"\\\x7f]/g, (char) => (char === '"' || char === '\\' ? `\\${char}` : `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`))}"`;
}

function firstByte(before: Uint8Array | undefined, after: Uint8Array | undefined): number {
  return firstDifference(before ?? new Uint8Array(0), after ?? new Uint8Array(0));
}
