import { TextDecoder } from 'node:util';
import type { LinePart } from './regex.js';

/** Bytes of the longest line that is matched as a whole; of a longer one parts of that size are. */
export const LONGEST_LINE = 1024 * 1024;
/** Bytes behind a match's beginning, and before it, that are looked at in any case. */
export const LONGEST_MATCH = 64 * 1024;

const decoder = new TextDecoder('utf-8');

/** The part of a long line that has its first match. */
export interface FoundPart {
  readonly text: string;
  /** Of the part's first byte in the line. */
  readonly offset: number;
  readonly part: LinePart;
}

/** A line that is taken piece by piece. */
export interface LongLine {
  /** Takes the next bytes; `ends` with the line. Returns the part with the first match, once. */
  take(bytes: Buffer, ends: boolean): FoundPart | undefined;
}

/**
 * Returns a line of any length of which parts are looked at, each the same whatever the pieces: a part begins twice
 * {@link LONGEST_MATCH} before the last one ended, so that a match up to that long is wholly in one of them, with what
 * stands before it. `fits` is asked until it says yes.
 */
export function longLine(fits: (text: string, bytes: Buffer, part: LinePart) => boolean): LongLine {
  const held = Buffer.allocUnsafe(LONGEST_LINE);
  let length = 0;
  let offset = 0;
  let before = 0;
  let found = false;

  const look = (last: boolean): FoundPart | undefined => {
    const bytes = held.subarray(0, length);
    const text = decoder.decode(last ? bytes : bytes.subarray(0, wholeCharacters(bytes)));
    const from = decoder.decode(bytes.subarray(0, before)).length;
    const until = last
      ? Infinity
      : decoder.decode(bytes.subarray(0, characterStart(bytes, length - LONGEST_MATCH))).length;
    const part = { from, until };
    found = fits(text, bytes, part);
    return found ? { text, offset, part } : undefined;
  };
  const goOn = (): void => {
    const start = characterStart(held, length - 2 * LONGEST_MATCH);
    before = characterStart(held, length - LONGEST_MATCH) - start;
    held.copyWithin(0, start, length);
    length -= start;
    offset += start;
  };

  return {
    take(bytes, ends) {
      let part: FoundPart | undefined;
      for (let at = 0; at < bytes.length && !found;) {
        if (length === LONGEST_LINE) {
          part = look(false);
          goOn();
        } else {
          const taken = bytes.copy(held, length, at);
          length += taken;
          at += taken;
        }
      }
      return ends && !found ? look(true) : part;
    },
  };
}

/** Returns how many bytes there are without a UTF-8 character that the end splits: it is no other one. */
function wholeCharacters(bytes: Buffer): number {
  const start = characterStart(bytes, bytes.length - 1);
  const lead = bytes[start];
  const size = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  return start + size > bytes.length ? start : bytes.length;
}

/** Goes back to where a UTF-8 character begins that `at` would split. */
function characterStart(bytes: Buffer, at: number): number {
  for (let start = at; start > at - 4 && start > 0; start--) if ((bytes[start] & 0xc0) !== 0x80) return start;
  return at;
}
