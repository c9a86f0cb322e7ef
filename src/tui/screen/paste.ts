import type { BlessedKey } from './blessed-screen.js';

/** What comes before and after what is pasted (XTerm Control Sequences, bracketed paste mode). */
const BEGINS = '\x1b[200~';
const ENDS = '\x1b[201~';

/** Longest text that is kept; more than a line may have. */
const MOST = 4096;

/** What is pasted, told from what is pressed. */
export interface Paste {
  /** Hears every key of the input: blessed keeps to itself those that it has no name for, as brackets are. */
  readonly hear: (character: string | undefined, key: BlessedKey | undefined) => void;
  /** Whether a key is one of a text that is pasted; it is then part of it. */
  readonly takes: (character: string | undefined, key: BlessedKey) => boolean;
}

/** Returns a paste that sends a text when it has ended. */
export function createPaste(send: (text: string) => void): Paste {
  let text: string | undefined;
  return {
    hear(_character, key) {
      if (key?.sequence === BEGINS) text = '';
      if (key?.sequence !== ENDS || text === undefined) return;
      send(text);
      text = undefined;
    },
    takes(character, { sequence, name }) {
      if (text === undefined) return false;
      // Enter comes as `return` too.
      if (name !== 'return' && text.length < MOST) text += sequence ?? character ?? '';
      return true;
    },
  };
}
