import type { Keymap } from '../keys/keymap.js';
import { keepSeen } from '../state/layout.js';
import { typeKey } from '../state/prompt.js';
import type { Prompt } from '../state/state.js';
import type { StoredRow } from './stored-row.js';

/** The list that an explorer begins with to which no image was named, or several at once. */
export interface StartList {
  /** The file that holds the images; undefined: the store. */
  readonly file: string | undefined;
  readonly width: number;
  readonly height: number;
  readonly keymap: Keymap;
  readonly rows: readonly StoredRow[];
  /** Rows that have the filter in their name. */
  readonly seen: readonly StoredRow[];
  readonly filter: string;
  readonly typing: Prompt | undefined;
  /** Which of those seen has the cursor, and which is the first on the screen. */
  readonly cursor: number;
  readonly top: number;
}

/** What came of a key: the list goes on, an image was chosen, or it was left. */
export type Chosen =
  | { readonly kind: 'on'; readonly list: StartList }
  | { readonly kind: 'explore'; readonly image: string }
  | { readonly kind: 'left' };

/** Rows of the screen that are none of images: title, names of columns, two of hints, status. */
const OTHER_ROWS = 5;

/** Returns the list of the images of a store, or of a file. */
export function startList(
  rows: readonly StoredRow[],
  size: Pick<StartList, 'width' | 'height'>,
  keymap: Keymap,
  file?: string,
): StartList {
  return { ...size, file, keymap, rows, seen: rows, filter: '', typing: undefined, cursor: 0, top: 0 };
}

/** Returns the list on a screen of another size. */
export function resizedList(list: StartList, size: Pick<StartList, 'width' | 'height'>): StartList {
  return moved({ ...list, ...size }, list.cursor);
}

/** Returns what a key makes of the list. */
export function pressed(list: StartList, chord: string, text: string | undefined): Chosen {
  if (list.typing !== undefined) return on(typed(list, list.typing, chord, text));
  const rows = imageRows(list);
  switch (list.keymap.find('start', chord)?.action) {
    case 'up':
      return on(moved(list, list.cursor - 1));
    case 'down':
      return on(moved(list, list.cursor + 1));
    case 'page-up':
      return on(moved(list, list.cursor - rows));
    case 'page-down':
      return on(moved(list, list.cursor + rows));
    case 'first':
      return on(moved(list, 0));
    case 'last':
      return on(moved(list, list.seen.length));
    case 'search':
      return on({ ...list, typing: { kind: 'filter', label: '/', text: '', at: 0, before: list.filter } });
    case 'explore':
      return list.cursor < list.seen.length
        ? { kind: 'explore', image: list.seen[list.cursor].image }
        : on(list);
    case 'back':
      return list.filter === '' ? { kind: 'left' } : on(filtered(list, ''));
    case 'quit':
    case 'close':
      return { kind: 'left' };
    default:
      return on(list);
  }
}

/** Returns what a click on a row of the screen makes of the list: it chooses, and a second one explores. */
export function clickedRow(list: StartList, y: number): Chosen {
  const row = list.top + y - 2;
  if (y < 2 || y >= 2 + imageRows(list) || row >= list.seen.length) return on(list);
  return row === list.cursor ? { kind: 'explore', image: list.seen[row].image } : on(moved(list, row));
}

/** Returns the list with the cursor so many rows further. */
export function wheeledList(list: StartList, by: number): StartList {
  return moved(list, list.cursor + by);
}

/** Images that the screen has rows for. */
export function imageRows({ height }: Pick<StartList, 'height'>): number {
  return Math.max(1, height - OTHER_ROWS);
}

const on = (list: StartList): Chosen => ({ kind: 'on', list });

function moved(list: StartList, to: number): StartList {
  const cursor = Math.max(0, Math.min(list.seen.length - 1, to));
  return { ...list, cursor, top: keepSeen(list.top, cursor, imageRows(list), list.seen.length) };
}

function typed(list: StartList, prompt: Prompt, chord: string, text: string | undefined): StartList {
  const { kind, prompt: next } = typeKey(prompt, chord, text);
  if (kind === 'cancelled') return filtered({ ...list, typing: undefined }, '');
  const shown = next.text === list.filter ? list : filtered(list, next.text);
  return { ...shown, typing: kind === 'typing' ? next : undefined };
}

function filtered(list: StartList, filter: string): StartList {
  const wanted = filter.toLowerCase();
  const seen = list.rows.filter(({ name }) => name.toLowerCase().includes(wanted));
  return moved({ ...list, filter, seen, top: 0 }, 0);
}
