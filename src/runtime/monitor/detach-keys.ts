import { fail } from '../../model/error.js';

/** As docker has it: ctrl-p, then ctrl-q. */
export const DEFAULT_DETACH_KEYS = 'ctrl-p,ctrl-q';

/** Control characters that are no letters (ASCII 0 and 27 to 31). */
const OTHERS: ReadonlyMap<string, number> = new Map([
  ['@', 0],
  ['[', 27],
  ['\\', 28],
  [']', 29],
  ['^', 30],
  ['_', 31],
]);

/**
 * Returns the bytes of `--detach-keys`: a list of single ASCII characters and of `ctrl-` with a letter or one of `@[\]^_`.
 * Empty for an empty text, which is a sequence that nobody can type. Throws E_USAGE.
 */
export function parseDetachKeys(text: string): Uint8Array {
  if (text === '') return new Uint8Array();
  return Uint8Array.from(
    text.split(',').map(
      (key) =>
        keyCode(key) ??
        fail('E_USAGE', `reading --detach-keys '${text}': '${key}' is no key`, {
          hint: 'write single characters, or ctrl- with a letter or one of @ [ \\ ] ^ _, with commas between: ctrl-p,ctrl-q',
        }),
    ),
  );
}

function keyCode(key: string): number | undefined {
  if (/^[\x01-\x7f]$/.test(key)) return key.charCodeAt(0);
  const control = /^ctrl-(.)$/.exec(key)?.[1];
  if (control === undefined) return undefined;
  return /^[a-z]$/.test(control) ? control.charCodeAt(0) - 96 : OTHERS.get(control);
}

/** What became of some bytes that were typed. */
export interface Typed {
  /** Those that are for the program; a sequence that was begun and left again is among them. */
  readonly passed: Uint8Array;
  /** Whether the whole sequence has been typed; what comes after it is nobody's. */
  readonly detached: boolean;
}

/** Returns what finds a sequence of keys in what is typed, over any number of calls. */
export function detachWatcher(keys: Uint8Array): (bytes: Uint8Array) => Typed {
  let held = 0;
  return (bytes) => {
    if (keys.length === 0) return { passed: bytes, detached: false };
    const passed: number[] = [];
    for (const byte of bytes) {
      // What was typed last may be the beginning again: the longest end of it that is one.
      while (held > 0 && byte !== keys[held]) {
        const shorter = nextBegin(keys, held);
        passed.push(...keys.subarray(0, held - shorter));
        held = shorter;
      }
      if (byte !== keys[held]) passed.push(byte);
      else if (++held === keys.length) return { passed: Uint8Array.from(passed), detached: true };
    }
    return { passed: Uint8Array.from(passed), detached: false };
  };
}

/** The length of the longest proper beginning of `keys` with which its first `held` bytes end. */
function nextBegin(keys: Uint8Array, held: number): number {
  for (let length = held - 1; length > 0; length--)
    if (keys.subarray(0, length).every((byte, i) => byte === keys[held - length + i])) return length;
  return 0;
}
