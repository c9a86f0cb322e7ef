import { type Chord, parseChord } from '../keys/chord.js';
import type { BlessedKey } from './blessed-screen.js';

/** Returns the chord of a key as blessed tells it, and what it types; undefined for what is none (and said twice). */
export function chordOf(
  character: string | undefined,
  key: BlessedKey,
): { readonly chord: Chord; readonly text: string | undefined } | undefined {
  const { name, ctrl = false, shift = false, meta = false } = key;
  // Enter comes as `return` too.
  if (name === 'return' || meta) return undefined;
  if (ctrl && (name === '`' || name === 'space')) return { chord: 'C-Space', text: undefined };
  if (name === 'linefeed') return { chord: 'Enter', text: undefined };
  if (ctrl && name !== undefined) return found(parseChord(`C-${name}`));
  const control = unnamedControl(character);
  if (control !== undefined && name === undefined) return found(control);
  if (name !== undefined && name.length > 1) {
    const chord = parseChord(shift ? `S-${name}` : name);
    if (chord === 'Space') return { chord, text: ' ' };
    if (chord !== undefined) return { chord, text: undefined };
  }
  if (character === undefined || character < ' ' || character === '\x7f') return undefined;
  return { chord: character, text: character };
}

/** Control characters that blessed has no name for: `C-_` (also C-/), `C-\`, `C-]`, `C-^`. */
function unnamedControl(character: string | undefined): Chord | undefined {
  const code = character?.length === 1 ? character.charCodeAt(0) : 0;
  return code >= 0x1c && code <= 0x1f ? `C-${String.fromCharCode(code + 0x40)}` : undefined;
}

function found(chord: Chord | undefined): { chord: Chord; text: undefined } | undefined {
  return chord === undefined ? undefined : { chord, text: undefined };
}
