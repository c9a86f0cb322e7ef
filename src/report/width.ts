import { eastAsianWidth } from 'get-east-asian-width';
import { isAsciiPrintable } from './escape.js';

const ZERO_WIDTH = /^[\p{Mn}\p{Me}]$/u;

/**
 * Returns the terminal columns of escaped, unstyled text, as wcwidth(3) of terminals counts them: code point by code
 * point, 2 for East Asian wide and emoji, 0 for nonspacing marks and for Hangul vowels and finals, which join the
 * syllable before them. Escaping has removed all that makes clusters narrower (joiners, variation selectors).
 */
export function textWidth(text: string): number {
  if (isAsciiPrintable(text)) return text.length;
  let width = 0;
  for (const char of text) width += charWidth(char);
  return width;
}

/** Returns the text, cut to at most `columns` columns with `ellipsis` as its end where it was longer. */
export function truncateText(text: string, columns: number, ellipsis = '…'): string {
  if (textWidth(text) <= columns) return text;
  const room = columns - textWidth(ellipsis);
  if (room < 0) return '';
  let used = 0;
  let end = 0;
  for (const char of text) {
    used += charWidth(char);
    if (used > room) break;
    end += char.length;
  }
  return text.slice(0, end) + ellipsis;
}

function charWidth(char: string): number {
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x300) return 1;
  if (ZERO_WIDTH.test(char) || isJoiningJamo(code)) return 0;
  return eastAsianWidth(code);
}

function isJoiningJamo(code: number): boolean {
  return (code >= 0x1160 && code <= 0x11ff) || (code >= 0xd7b0 && code <= 0xd7ff);
}
