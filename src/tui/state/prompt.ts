import type { Chord } from '../keys/chord.js';
import type { Prompt } from './state.js';

/** Longest line that can be typed. */
const MOST = 500;

/** What a key made of the line: still typing, done, or given up. */
export type Typed =
  | { readonly kind: 'typing'; readonly prompt: Prompt }
  | { readonly kind: 'done' | 'cancelled'; readonly prompt: Prompt };

/** Returns what a key makes of the line that is typed; keys that mean nothing here change nothing. */
export function typeKey(prompt: Prompt, chord: Chord, text: string | undefined): Typed {
  const { at } = prompt;
  const characters = Array.from(prompt.text);
  const typing = (next: readonly string[], cursor: number): Typed => ({
    kind: 'typing',
    prompt: { ...prompt, text: next.join(''), at: Math.max(0, Math.min(next.length, cursor)) },
  });
  switch (chord) {
    case 'Enter':
      return { kind: 'done', prompt };
    case 'Esc':
    case 'C-c':
    case 'C-g':
      return { kind: 'cancelled', prompt };
    case 'Backspace':
      return characters.length === 0
        ? { kind: 'cancelled', prompt }
        : typing(characters.toSpliced(Math.max(0, at - 1), at > 0 ? 1 : 0), at - 1);
    case 'Delete':
    case 'C-d':
      return typing(characters.toSpliced(at, 1), at);
    case 'C-u':
      return typing(characters.slice(at), 0);
    case 'C-k':
      return typing(characters.slice(0, at), at);
    case 'C-w': {
      const word = /\S*\s*$/.exec(characters.slice(0, at).join(''))?.[0] ?? '';
      const start = at - Array.from(word).length;
      return typing(characters.toSpliced(start, at - start), start);
    }
    case 'Left':
    case 'C-b':
      return typing(characters, at - 1);
    case 'Right':
    case 'C-f':
      return typing(characters, at + 1);
    case 'Home':
    case 'C-a':
      return typing(characters, 0);
    case 'End':
    case 'C-e':
      return typing(characters, characters.length);
    default: {
      const typed = Array.from(text ?? '').filter((char) => char >= ' ' && char !== '\x7f');
      const fitting = typed.slice(0, MOST - characters.length);
      return typing(characters.toSpliced(at, 0, ...fitting), at + fitting.length);
    }
  }
}
