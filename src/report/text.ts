import { decodeName } from '../model/name.js';
import { escapeForTerminal } from './escape.js';

/** Turns the bytes of a text file into what a terminal may get, chunk by chunk. */
export interface TextPrinter {
  /** Returns what of the bytes so far can be shown now. */
  push(bytes: Uint8Array): string;
  /** Returns the rest. */
  end(): string;
}

/** Bytes held back at most while a line has no end. */
const HELD = 64 * 1024;
const LINE_FEED = 0x0a;

/**
 * Returns a printer that keeps line feeds, tabs and backslashes and escapes every other control or hidden character
 * and every byte that is not UTF-8. Whole lines are shown at once, so that chunks make no difference but in lines of
 * more than 64 KiB.
 */
export function createTextPrinter(): TextPrinter {
  let held: Buffer = Buffer.alloc(0);
  return {
    push(bytes) {
      const all = held.length === 0 ? Buffer.from(bytes) : Buffer.concat([held, bytes]);
      const feed = all.lastIndexOf(LINE_FEED) + 1;
      const cut = all.length - feed <= HELD ? feed : characterEnd(all);
      held = Buffer.from(all.subarray(cut));
      return show(all.subarray(0, cut));
    },
    end() {
      const rest = held;
      held = Buffer.alloc(0);
      return show(rest);
    },
  };
}

/** Returns where to cut so that no character at the end is split: at most three bytes before it. */
function characterEnd(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back];
    if (byte < 0x80) return bytes.length;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return back < length ? bytes.length - back : bytes.length;
    }
  }
  return bytes.length;
}

function show(bytes: Uint8Array): string {
  return escapeForTerminal(decodeName(bytes), { newlines: 'keep', backslashes: 'keep' });
}
