/**
 * What a terminal is asked to do, by terminfo's names, as xterm understands it and whoever calls itself so (XTerm Control
 * Sequences; terminfo's xterm-256color). blessed would make functions of the text of all two hundred entries that the
 * machine's terminfo has, fails on some (screen-256color), and takes who is in none for a terminal of eight colours.
 */
const SEQUENCES = {
  /** Cursor to row and column, from 0. */
  cup: (row: number, column: number) => `\x1b[${String(row + 1)};${String(column + 1)}H`,
  cuf: (columns: number) => `\x1b[${String(columns)}C`,
  csr: (top: number, bottom: number) => `\x1b[${String(top + 1)};${String(bottom + 1)}r`,
  clear: () => '\x1b[H\x1b[2J',
  sc: () => '\x1b7',
  rc: () => '\x1b8',
  civis: () => '\x1b[?25l',
  cnorm: () => '\x1b[?12l\x1b[?25h',
  /** The title of the window is kept while ours is there. */
  smcup: () => '\x1b[?1049h\x1b[22;0;0t\x1b]0;strata\x07',
  rmcup: () => '\x1b[?1049l\x1b[23;0;0t',
  keypad_xmit: () => '\x1b[?1h\x1b=',
  keypad_local: () => '\x1b[?1l\x1b>',
} as const;

export type Sequences = typeof SEQUENCES;

/** What blessed's screen asks of its `tput`. */
export interface Capabilities extends Sequences {
  readonly strings: { readonly parm_right_cursor: string };
  readonly numbers: Readonly<Record<string, number>>;
  readonly bools: Readonly<Record<string, boolean>>;
  readonly colors: number;
  readonly unicode: boolean;
  /** Lines as characters of their own, not as letters of another set, which terminals take for letters at times. */
  readonly brokenACS: true;
  readonly utoa: Readonly<Record<string, string>>;
}

/** Returns the capabilities of a terminal with 256 colours. */
export function capabilities(utf8: boolean): Capabilities {
  return {
    ...SEQUENCES,
    strings: { parm_right_cursor: '\x1b[%p1%dC' },
    numbers: {},
    bools: {},
    colors: 256,
    unicode: utf8,
    brokenACS: true,
    utoa: {},
  };
}

/** Returns the same sequences as functions that write them. */
export function writers(
  write: (text: string) => unknown,
): Readonly<Record<string, (...at: [number, number]) => unknown>> {
  return Object.fromEntries(
    Object.entries(SEQUENCES).map(([name, sequence]) => [
      name,
      (...at: [number, number]) => write(sequence(...at)),
    ]),
  );
}
