import { encodeName } from '../../model/name.js';

/** One run of bytes that is searched for: each byte may be either of two. */
interface Run {
  readonly lower: Uint8Array;
  readonly upper: Uint8Array;
}

/** What is searched for in bytes. */
export interface Wanted {
  readonly runs: readonly Run[];
  /** Bytes of the longest run. */
  readonly longest: number;
}

/**
 * Returns what a text means among bytes: its own bytes, in either case when it has no capitals; where bytes are shown in
 * hexadecimal also the bytes that it writes (`7f 45 4c`).
 */
export function wantedBytes(text: string, hex: boolean): Wanted {
  const runs: Run[] = [];
  const digits = text.replaceAll(' ', '');
  if (hex && digits.length % 2 === 0 && /^[0-9a-f]+$/i.test(digits)) {
    const bytes = Buffer.from(digits, 'hex');
    runs.push({ lower: bytes, upper: bytes });
  }
  const own = encodeName(text);
  const upper = encodeName(text.toUpperCase());
  // Letters whose capitals take another number of bytes count as they were typed.
  const either = !/[A-Z]/.test(text) && upper.length === own.length;
  runs.push({ lower: own, upper: either ? upper : own });
  return { runs, longest: Math.max(...runs.map(({ lower }) => lower.length)) };
}

/** Returns where the first run from `from` on begins, before `until`; -1 without one. */
export function indexOfWanted(
  bytes: Uint8Array,
  { runs }: Wanted,
  from: number,
  until = bytes.length,
): number {
  let best = -1;
  for (const { lower, upper } of runs) {
    const last = Math.min(best < 0 ? until : best, until, bytes.length - lower.length + 1);
    for (let at = from; at < last; at++) {
      if (bytes[at] !== lower[0] && bytes[at] !== upper[0]) continue;
      let i = 1;
      while (i < lower.length && (bytes[at + i] === lower[i] || bytes[at + i] === upper[i])) i += 1;
      if (i < lower.length) continue;
      best = at;
      break;
    }
  }
  return best;
}
