import { textWidth } from '../../report/width.js';
import type { Row } from '../rows/segment.js';
import type { Look, Role, Theme } from '../rows/theme.js';
import type { Cell } from './blessed-screen.js';

const BOLD = 1;
const UNDERLINE = 2;
const INVERSE = 8;
/** The terminal's own colour. */
const DEFAULT = 0x1ff;

/** blessed's number of a look. */
function attributesOf({ fg, bg, bold, underline, inverse }: Look): number {
  const flags =
    (bold === true ? BOLD : 0) | (underline === true ? UNDERLINE : 0) | (inverse === true ? INVERSE : 0);
  return (flags << 18) | ((fg ?? DEFAULT) << 9) | (bg ?? DEFAULT);
}

/** Returns the number of every role of a theme. */
export function attributesOfTheme(theme: Theme): Readonly<Record<Role, number>> {
  return Object.fromEntries(
    Object.entries(theme).map(([role, look]) => [role, attributesOf(look)]),
  ) as Record<Role, number>;
}

/** What stands for our own signs where the locale has only ASCII. */
const ASCII: Readonly<Record<string, string>> = {
  '─': '-',
  '│': '|',
  '▌': '>',
  '▸': '+',
  '▾': '-',
  '→': '>',
  '…': '~',
  '–': '-',
  '↑': '^',
  '↓': 'v',
  '←': '<',
  '⇧': 'S',
  '█': '#',
};

/** Writes a row into the cells of a line; true when any of them changed. */
export function writeRow(
  line: Cell[],
  row: Row,
  attributes: Readonly<Record<Role, number>>,
  utf8: boolean,
): boolean {
  let x = 0;
  let changed = false;
  const put = (at: number, attribute: number, character: string): void => {
    const cell = line[at];
    if (cell[0] === attribute && cell[1] === character) return;
    cell[0] = attribute;
    cell[1] = character;
    changed = true;
  };
  for (const { text, role } of row) {
    const attribute = attributes[role];
    for (const char of text) {
      if (x >= line.length) return changed;
      const code = char.charCodeAt(0);
      if (code < 0x80) {
        put(x++, attribute, char);
        continue;
      }
      if (!utf8) {
        put(x++, attribute, ASCII[char] ?? (code >= 0x2589 && code <= 0x258f ? '#' : '?'));
        continue;
      }
      const width = textWidth(char);
      if (width === 0) {
        if (x > 0) put(x - 1, line[x - 1][0], line[x - 1][1] + char);
        continue;
      }
      if (width === 2 && x === line.length - 1) {
        put(x++, attribute, ' ');
        continue;
      }
      put(x++, attribute, char);
      // What blessed keeps in the second column of a wide character.
      if (width === 2) put(x++, attribute, '\0');
    }
  }
  return changed;
}
