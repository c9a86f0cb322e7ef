import { textWidth, truncateText } from '../../report/width.js';
import type { Role } from './theme.js';

/** A piece of a row: text that may be painted as it is, and what it means. */
export interface Segment {
  readonly text: string;
  readonly role: Role;
}

/** One line of the screen, or of a part of it. */
export type Row = readonly Segment[];

/** Returns a segment; the text must be safe: our own, or from `safeText`. */
export function seg(text: string, role: Role = 'text'): Segment {
  return { text, role };
}

/** Columns of a row. */
export function rowWidth(row: Row): number {
  return row.reduce((sum, { text }) => sum + textWidth(text), 0);
}

/** Returns the row in exactly `width` columns: cut with an ellipsis, or filled up with blanks. */
export function fitRow(row: Row, width: number, ellipsis = '…'): Row {
  const fitted: Segment[] = [];
  let left = width;
  for (const [i, { text, role }] of row.entries()) {
    const own = textWidth(text);
    const last = i === row.length - 1;
    if (own < left || (own === left && last)) {
      fitted.push({ text, role });
      left -= own;
      continue;
    }
    const rest = rowWidth(row.slice(i + 1));
    const cut = own === left && rest === 0 ? text : truncateText(`${text}${ellipsis}`, left, ellipsis);
    fitted.push({ text: cut, role });
    left -= textWidth(cut);
    break;
  }
  if (left > 0) fitted.push({ text: ' '.repeat(left), role: 'text' });
  return fitted;
}

/** Returns the row without `columns` columns behind its first `kept` segments; half a wide character is a blank. */
export function skipColumns(row: Row, columns: number, kept = 0): Row {
  if (columns === 0) return row;
  let left = columns;
  const rest: Segment[] = row.slice(0, kept);
  for (const { text, role } of row.slice(kept)) {
    let at = 0;
    let pad = '';
    for (const char of text) {
      if (left <= 0 && textWidth(char) > 0) break;
      left -= textWidth(char);
      at += char.length;
      if (left < 0) pad = ' ';
    }
    if (at < text.length || pad !== '') rest.push({ text: pad + text.slice(at), role });
  }
  return rest;
}

/** Returns the row with every segment in another role: for the row of the cursor, which has one look. */
export function inRole(row: Row, role: Role): Row {
  return row.map(({ text }) => ({ text, role }));
}

/** Returns text aligned to the right in at least `width` columns. */
export function padLeft(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - textWidth(text))) + text;
}

/** Returns text followed by blanks in at least `width` columns. */
export function padRight(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)));
}
