import { fail } from '../../model/error.js';

const POWERS = ['', 'k', 'm', 'g', 't', 'p'];

/**
 * Returns the bytes that docker's size says: `64m`, `1.5g`, `32 kb`, `512KiB`; k, m, g, t and p are powers of 1024 and
 * fractions of a byte are cut off (docker/go-units, RAMInBytes). Throws E_USAGE naming `what`.
 */
export function parseSize(text: string, what: string): number {
  const match = /^(\d{1,20}(?:\.\d{1,20})?) ?([kmgtp]?)i?b?$/i.exec(text);
  const bytes =
    match === null ? NaN : Math.trunc(Number(match[1]) * 1024 ** POWERS.indexOf(match[2].toLowerCase()));
  if (!Number.isSafeInteger(bytes))
    fail('E_USAGE', `reading ${what} '${text}': not a size`, { hint: 'write 512k, 64m or 2g' });
  return bytes;
}

/** Returns the whole number that decimal digits with an optional minus say. Throws E_USAGE naming `what`. */
export function parseWhole(text: string, what: string): number {
  const value = /^-?\d{1,16}$/.test(text) ? Number(text) : NaN;
  return Number.isSafeInteger(value)
    ? value + 0
    : fail('E_USAGE', `reading ${what} '${text}': not a whole number`);
}
