/**
 * A key as it is written in the table and in configuration: `q`, `G`, `C-d`, `Enter`, `Space`, `S-Tab`, `PageDown`.
 * Terminals cannot tell `C-m` from Enter, `C-i` from Tab, `C-h` from Backspace and `C-[` from Esc.
 */
export type Chord = string;

/** Names of keys that are no character, as written by us, by dive and by people → ours. */
const NAMES: Readonly<Record<string, string>> = {
  enter: 'Enter',
  return: 'Enter',
  space: 'Space',
  tab: 'Tab',
  backtab: 'S-Tab',
  esc: 'Esc',
  escape: 'Esc',
  backspace: 'Backspace',
  delete: 'Delete',
  del: 'Delete',
  insert: 'Insert',
  up: 'Up',
  arrowup: 'Up',
  down: 'Down',
  arrowdown: 'Down',
  left: 'Left',
  arrowleft: 'Left',
  right: 'Right',
  arrowright: 'Right',
  home: 'Home',
  end: 'End',
  pgup: 'PageUp',
  pageup: 'PageUp',
  pgdn: 'PageDown',
  pgdown: 'PageDown',
  pagedown: 'PageDown',
  slash: '/',
  backslash: '\\',
  comma: ',',
};

/** What terminals send the same bytes for. */
const SAME: Readonly<Record<string, Chord>> = {
  'C-m': 'Enter',
  'C-j': 'Enter',
  'C-i': 'Tab',
  'C-h': 'Backspace',
  'C-[': 'Esc',
  'C-/': 'C-_',
  'S-Space': 'Space',
};

/**
 * Returns the chord that a text names (`ctrl+f`, `C-f`, `Ctrl-F`, `pgdn`, `G`), or undefined when no terminal has such a
 * key.
 */
export function parseChord(text: string): Chord | undefined {
  let rest = text.trim();
  let control = false;
  let shift = false;
  for (;;) {
    const modifier = /^(ctrl|control|c|shift|s)([+-])(?=.)/i.exec(rest);
    if (modifier === null) break;
    if (modifier[1].toLowerCase().startsWith('c')) control = true;
    else shift = true;
    rest = rest.slice(modifier[0].length);
  }
  const name = NAMES[rest.toLowerCase()] as string | undefined;
  const key =
    name ?? (/^[!-~]$/.test(rest) ? rest : undefined) ?? /^F([1-9]|1[0-2])$/i.exec(rest)?.[0].toUpperCase();
  if (key === undefined) return undefined;
  if (shift && key === 'Tab') return 'S-Tab';
  if (control) {
    const chord = `C-${key.length === 1 ? key.toLowerCase() : key}`;
    return SAME[chord] ?? (/^C-([a-z\\\]^_]|Space)$/.test(chord) ? chord : undefined);
  }
  return shift && /^[a-z]$/.test(key) ? key.toUpperCase() : key;
}

/** Returns the chord as people read it: `^F`, `Enter`. */
export function showChord(chord: Chord): string {
  const short: Readonly<Record<string, string>> = {
    Up: '↑',
    Down: '↓',
    Left: '←',
    Right: '→',
    PageUp: 'PgUp',
    PageDown: 'PgDn',
    'S-Tab': '⇧Tab',
  };
  return short[chord] ?? chord.replace(/^C-(.)$/, (_, key: string) => `^${key.toUpperCase()}`);
}
