import { fail } from '../../model/error.js';

const UNITS = new Map([
  ['ns', 1],
  ['us', 1e3],
  ['µs', 1e3],
  ['ms', 1e6],
  ['s', 1e9],
  ['m', 60e9],
  ['h', 3600e9],
]);

/** Returns the nanoseconds of a duration as Go writes it: `1m30s`. Throws E_USAGE when it is none, or below 1 ms but not 0. */
export function parseDuration(text: string, what: string): number {
  let nanoseconds = 0;
  const parts = /^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/.test(text)
    ? text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)
    : text === '0'
      ? []
      : fail('E_USAGE', `reading ${what}: ${text} is not a duration such as 1m30s`);
  for (const [, number, unit] of parts) nanoseconds += Number(number) * (UNITS.get(unit) ?? 0);
  nanoseconds = Math.round(nanoseconds);
  if (nanoseconds !== 0 && nanoseconds < 1e6) fail('E_USAGE', `reading ${what}: ${text} is less than 1ms`);
  if (!Number.isSafeInteger(nanoseconds)) fail('E_USAGE', `reading ${what}: ${text} is too long`);
  return nanoseconds;
}
