import { fail } from '../../model/error.js';

const WORDS: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'TRUE', 'true', 'True'].map((word) => [word, true] as const),
  ...['0', 'f', 'F', 'FALSE', 'false', 'False'].map((word) => [word, false] as const),
]);

/** Returns the truth value a word has for Go's strconv.ParseBool, which docker reads flags by. Throws E_USAGE. */
export function parseBoolean(text: string, what: string): boolean {
  return WORDS.get(text) ?? fail('E_USAGE', `reading ${what} '${text}': neither true nor false`);
}
