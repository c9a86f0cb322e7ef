import { escapeForTerminal, isAsciiPrintable } from '../../report/escape.js';
import { textWidth } from '../../report/width.js';

/**
 * Ranges that blessed 0.1.81 takes two columns for (lib/unicode.js, after wcwidth of Markus Kuhn, Unicode 5). What
 * newer terminals draw wide besides (emoji) would shift all that stands behind it.
 */
const BLESSED_WIDE: readonly (readonly [first: number, last: number])[] = [
  [0x1100, 0x115f],
  [0x2329, 0x232a],
  [0x2e80, 0x2e99],
  [0x2e9b, 0x2ef3],
  [0x2f00, 0x2fd5],
  [0x2ff0, 0x2ffb],
  [0x3000, 0x3029],
  [0x3030, 0x303e],
  [0x3041, 0x3096],
  [0x309b, 0x30ff],
  [0x3105, 0x312d],
  [0x3131, 0x318e],
  [0x3190, 0x31ba],
  [0x31c0, 0x31e3],
  [0x31f0, 0x321e],
  [0x3220, 0x3247],
  [0x3250, 0x32fe],
  [0x3300, 0x4dbf],
  [0x4e00, 0xa48c],
  [0xa490, 0xa4c6],
  [0xa960, 0xa97c],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe52],
  [0xfe54, 0xfe66],
  [0xfe68, 0xfe6b],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x20000, 0x2fffd],
  [0x30000, 0x3fffd],
];

/** What blessed takes for a mark and terminals do not: U+06DE START OF RUB EL HIZB, U+1734 HANUNOO SIGN PAMUDPOD. */
const BLESSED_MARKS: ReadonlySet<number> = new Set([0x6de, 0x1734]);

/** Marks that blessed joins to the character before them and that all fonts have. */
const JOINED: readonly (readonly [first: number, last: number])[] = [
  [0x300, 0x36f],
  [0x483, 0x486],
  [0x591, 0x5bd],
  [0x64b, 0x65e],
  [0xe34, 0xe3a],
  [0xe47, 0xe4e],
];

export interface SafeOptions {
  /** `keep` shows tabs as blanks up to the next stop of eight, backslashes single: for a line of a text. */
  readonly text?: boolean;
}

/**
 * Returns text of an image as a pane may show it: escaped, and every character that blessed and terminals count
 * differently written as `\u{1f600}`, so that columns stay where they are.
 */
export function safeText(name: string, options: SafeOptions = {}): string {
  if (options.text === true) return safeLine(name);
  return evenText(escapeForTerminal(name));
}

/** The same for text that is escaped already, as the reports give it. */
export function evenText(escaped: string): string {
  return isAsciiPrintable(escaped) ? escaped : withoutOddWidths(escaped);
}

function safeLine(line: string): string {
  const escaped = escapeForTerminal(line, { newlines: 'keep', backslashes: 'keep' });
  const plain = evenText(escaped);
  if (!plain.includes('\t')) return plain;
  let out = '';
  for (const part of plain.split('\t'))
    out += `${out === '' ? '' : ' '.repeat(8 - (textWidth(out) % 8))}${part}`;
  return plain.startsWith('\t') ? `${' '.repeat(8)}${out}` : out;
}

function withoutOddWidths(text: string): string {
  let out = '';
  for (const char of text) out += isEven(char) ? char : `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
  return out;
}

/** Whether blessed and terminals take the same columns for it. */
function isEven(char: string): boolean {
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x300) return true;
  if (BLESSED_MARKS.has(code)) return false;
  const width = textWidth(char);
  if (width === 0) return isIn(JOINED, code);
  return width === (isIn(BLESSED_WIDE, code) ? 2 : 1);
}

function isIn(ranges: readonly (readonly [number, number])[], code: number): boolean {
  return ranges.some(([first, last]) => code >= first && code <= last);
}
