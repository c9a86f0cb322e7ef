import type { Style } from './colour.js';
import { escapeForTerminal } from './escape.js';

/**
 * A piece of output. Its text is raw, as the image has it: whoever prints a cell escapes it first and styles it then,
 * so that no caller can forget. A plain string is a cell without a style.
 */
export type Cell = string | StyledCell;

export interface StyledCell {
  readonly text: string;
  readonly style: Style;
}

/** Returns the cell's text as it may be printed, without its style. */
export function cellText(cell: Cell): string {
  return escapeForTerminal(typeof cell === 'string' ? cell : cell.text);
}

/** Returns text that was made from the cell's text, in the cell's style. */
export function styleLike(cell: Cell, text: string): string {
  return typeof cell === 'string' || text === '' ? text : cell.style(text);
}

/** Returns the cell escaped and styled. */
export function formatCell(cell: Cell): string {
  return styleLike(cell, cellText(cell));
}
