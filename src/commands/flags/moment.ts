import { fail } from '../../model/error.js';
import { parseTime } from '../../report/time.js';

const SECONDS: ReadonlyMap<string, number> = new Map([
  ['s', 1],
  ['min', 60],
  ['h', 3600],
  ['d', 86_400],
  ['w', 7 * 86_400],
  ['y', 365 * 86_400],
]);

/**
 * Returns the moment, in nanoseconds since 1970, that `2026-03-01T12:00:00Z`, `2026-03-01` (midnight UTC) or an age
 * such as `90s`, `15min`, `12h`, `30d`, `2w`, `1y` before `now` (milliseconds) says. Throws E_USAGE naming `what`.
 */
export function parseMoment(text: string, what: string, now: number): bigint {
  const age = /^(\d{1,6})(s|min|h|d|w|y)$/.exec(text);
  if (age !== null)
    return BigInt(Math.round(now - Number(age[1]) * (SECONDS.get(age[2]) ?? 0) * 1000)) * 1_000_000n;
  const moment = isDay(text) ? parseTime(text.length === 10 ? `${text}T00:00:00Z` : text) : undefined;
  return (
    moment ??
    fail('E_USAGE', `reading ${what} '${text}': neither a time nor an age`, {
      hint: 'write 2026-03-01, 2026-03-01T12:00:00Z, or an age: 90s, 15min, 12h, 30d, 2w, 1y',
    })
  );
}

/** Whether a time begins with a day that its month has; JavaScript takes 31 February for 3 March. */
function isDay(text: string): boolean {
  const [year, month, day] = text.slice(0, 10).split('-').map(Number);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCDate() === day;
}
