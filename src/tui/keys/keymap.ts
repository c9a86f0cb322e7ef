import { type Chord, parseChord } from './chord.js';
import { BENEATH, type KeyContext, KEY_TABLE, type KeyRow } from './table.js';

export const PROFILES = ['strata', 'dive'] as const;
export type Profile = (typeof PROFILES)[number];

/** Chords in place of those of the table: by `context.action`, or by the action alone for every context that has it. */
export type KeyOverrides = ReadonlyMap<string, readonly Chord[]>;

/** Which key does what. */
export interface Keymap {
  readonly profile: Profile;
  /** The row of a chord: of the context, of the one beneath it, else of `everywhere`. */
  find(context: KeyContext, chord: Chord): KeyRow | undefined;
  /** The table with the chords that hold. */
  readonly rows: readonly KeyRow[];
}

/** It leaves whatever is configured, unless another action is given it. */
const LAST_WAY_OUT = 'C-c';

/** Returns the keymap of a profile. A chord that two actions of a context claim goes to the one that was configured. */
export function createKeymap(profile: Profile = 'strata', overrides: KeyOverrides = new Map()): Keymap {
  const table: readonly KeyRow[] = KEY_TABLE;
  const configured = new Map<string, KeyRow>();
  const byDefault = new Map<string, KeyRow>();
  const rows = table.map((one) => {
    const asked = askedChords(one, overrides);
    const own = asked ?? usualChords(one, profile);
    const chords = one.action === 'quit' && !own.includes(LAST_WAY_OUT) ? [...own, LAST_WAY_OUT] : own;
    const kept = { ...one, chords };
    for (const chord of chords) {
      const key = `${one.context} ${chord}`;
      const map = asked?.includes(chord) === true ? configured : byDefault;
      if (!map.has(key)) map.set(key, kept);
    }
    return kept;
  });
  const find = (context: KeyContext, chord: Chord): KeyRow | undefined => {
    for (const place of [context, BENEATH[context] ?? context, 'everywhere']) {
      const found = configured.get(`${place} ${chord}`) ?? byDefault.get(`${place} ${chord}`);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const holds = (one: KeyRow): KeyRow => ({
    ...one,
    chords: one.chords.filter((chord) => find(one.context, chord)?.action === one.action),
  });
  return { profile, find, rows: rows.map(holds) };
}

/** Returns the chords that configuration gives an action in its context; undefined where it says nothing of it. */
export function askedChords(
  { context, action }: KeyRow,
  overrides: KeyOverrides,
): readonly Chord[] | undefined {
  return overrides.get(`${context}.${action}`) ?? overrides.get(action);
}

/** Returns the chords that a profile gives an action of which configuration says nothing. */
export function usualChords({ chords, dive }: KeyRow, profile: Profile): readonly Chord[] {
  return profile === 'dive' ? (dive ?? chords) : chords;
}

/** Returns the chords of a list as configuration has it (`ctrl+c,q` or a list of texts), and what could not be read. */
export function parseChords(value: unknown): { readonly chords: Chord[]; readonly unknown: string[] } {
  const texts = Array.isArray(value) ? value.map(String) : typeof value === 'string' ? value.split(',') : [];
  const chords: Chord[] = [];
  const unknown: string[] = [];
  for (const text of texts.map((one) => one.trim()).filter((one) => one !== '')) {
    const chord = parseChord(text);
    if (chord === undefined) unknown.push(text);
    else chords.push(chord);
  }
  return { chords, unknown };
}
