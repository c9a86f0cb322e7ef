import { fail } from '../../model/error.js';

const POWERS: ReadonlyMap<string, number> = new Map(
  ['', 'k', 'm', 'g', 't', 'p'].flatMap((prefix, i) => [
    [prefix, 1000 ** i] as const,
    ...(prefix === '' ? [] : [[`${prefix}i`, 1024 ** i] as const]),
  ]),
);

const QUANTITY = /^(\d+(?:\.\d+)?)\s*([kKmMgGtTpP]?i?)[bB]?$/;

/**
 * Returns the whole number that `1500`, `1.5k`, `10MB` (powers of 1000) or `10MiB`, `10Mi` (powers of 1024) says.
 * Throws E_USAGE naming `what`.
 */
export function parseCount(text: string, what: string): number {
  const match = QUANTITY.exec(text);
  const factor = match === null ? undefined : POWERS.get(match[2].toLowerCase());
  const value = match === null || factor === undefined ? NaN : Math.round(Number(match[1]) * factor);
  if (!Number.isSafeInteger(value))
    fail('E_USAGE', `reading ${what} '${text}': not a whole number`, { hint: 'write 1500, 10MB or 10MiB' });
  return value;
}

const SECOND = 1000;
const UNITS: ReadonlyMap<string, number> = new Map([
  ['s', SECOND],
  ['m', 60 * SECOND],
  ['h', 3600 * SECOND],
  ['d', 86_400 * SECOND],
  ['w', 7 * 86_400 * SECOND],
]);

/** Returns the milliseconds that `90m`, `12h`, `30d` or `2w` says. Throws E_USAGE naming `what`. */
export function parseDuration(text: string, what: string): number {
  const match = /^(\d{1,9}(?:\.\d+)?)\s*([smhdw])$/.exec(text);
  const unit = match === null ? undefined : UNITS.get(match[2]);
  if (match === null || unit === undefined)
    return fail('E_USAGE', `reading ${what} '${text}': not a time`, { hint: 'write 90m, 12h, 30d or 2w' });
  return Math.round(Number(match[1]) * unit);
}
