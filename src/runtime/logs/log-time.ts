import { fail } from '../../model/error.js';
import { parseDuration } from '../commit/go-duration.js';

const MILLION = 1_000_000n;

/** Returns the nanoseconds since 1970 of a time as conmon writes it, RFC 3339 with nine digits; undefined for another text. */
export function parseLogTime(text: string): bigint | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{9})(Z|[+-]\d\d:\d\d)$/.exec(text);
  if (match === null) return undefined;
  const milliseconds = Date.parse(match[1] + match[3]);
  return Number.isNaN(milliseconds) ? undefined : BigInt(milliseconds) * MILLION + BigInt(match[2]);
}

/** Returns a time as `docker logs -t` writes it: RFC 3339 in UTC with nine digits. */
export function formatLogTime(nanoseconds: bigint): string {
  const fraction = ((nanoseconds % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const seconds = new Date(Number((nanoseconds - fraction) / MILLION)).toISOString().slice(0, -5);
  return `${seconds}.${String(fraction).padStart(9, '0')}Z`;
}

/**
 * Returns the nanoseconds since 1970 that `--since` or `--until` of docker says: seconds since 1970, a date or time by
 * RFC 3339, which is this machine's where it names no zone, or a duration of Go before `now` (milliseconds), as in `10m`.
 * Throws E_USAGE.
 */
export function parseLogMoment(text: string, what: string, now: number): bigint {
  const unix = /^(\d{1,12})(?:\.(\d{1,9}))?$/.exec(text);
  if (unix !== null) return BigInt(unix[1]) * 1_000_000_000n + fractionOf(unix.at(2));
  const date = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?$/i.exec(text);
  if (date !== null) {
    // Without a zone a date alone would be taken for one of UTC.
    const milliseconds = Date.parse(`${date[1]}T${date.at(2) ?? '00:00'}${date.at(4)?.toUpperCase() ?? ''}`);
    if (!Number.isNaN(milliseconds)) return BigInt(milliseconds) * MILLION + fractionOf(date.at(3));
  } else if (/^[\d.]+(?:ns|us|µs|ms|s|m|h)/.test(text))
    return BigInt(Math.round(now)) * MILLION - BigInt(parseDuration(text, what));
  return fail('E_USAGE', `reading ${what} '${text}': neither a time nor a duration`, {
    hint: 'write 2026-03-01, 2026-03-01T12:00:00Z, seconds since 1970, or a duration: 90s, 15m, 1h30m',
  });
}

function fractionOf(digits: string | undefined): bigint {
  return BigInt((digits ?? '').padEnd(9, '0'));
}
