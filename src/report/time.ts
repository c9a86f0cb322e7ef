const SECOND = 1_000_000_000n;
const DAY = 86_400n;

/**
 * Returns nanoseconds since 1970 as RFC 3339 in UTC with as many fraction digits as are needed:
 * `2026-11-21T03:13:00Z`, `…00.5Z`. Years outside 0 to 9999, which RFC 3339 cannot say, take the expanded form of
 * ISO 8601 with a sign (`+292277026596-12-04T15:30:07Z`), so that every mtime a tar can hold is shown exactly.
 */
export function formatTime(nanoseconds: bigint): string {
  const fraction = floorMod(nanoseconds, SECOND);
  const seconds = (nanoseconds - fraction) / SECOND;
  // A day count is exact as a number even for the largest seconds a tar can hold, 2^63.
  const ofDay = Number(floorMod(seconds, DAY));
  const date = formatDate(Number((seconds - BigInt(ofDay)) / DAY));
  const clock = `${two(Math.floor(ofDay / 3600))}:${two(Math.floor(ofDay / 60) % 60)}:${two(ofDay % 60)}`;
  if (fraction === 0n) return `${date}T${clock}Z`;
  return `${date}T${clock}.${fraction.toString().padStart(9, '0').replace(/0+$/, '')}Z`;
}

/** Returns minutes in UTC, for listings: `2026-11-21 03:13`. */
export function formatTimeShort(nanoseconds: bigint): string {
  const whole = formatTime(nanoseconds);
  const at = whole.indexOf('T');
  return `${whole.slice(0, at)} ${whole.slice(at + 1, at + 6)}`;
}

const AGES: readonly (readonly [limit: number, unit: number, name: string])[] = [
  [60, 1, 'second'],
  [3600, 60, 'minute'],
  [86_400, 3600, 'hour'],
  [14 * 86_400, 86_400, 'day'],
  [60 * 86_400, 7 * 86_400, 'week'],
  [730 * 86_400, 30.4375 * 86_400, 'month'],
  [Infinity, 365.25 * 86_400, 'year'],
];

/** Returns how long ago a moment was, in its largest fitting unit: `3 days ago`, `in 2 hours`, `now`. Both in nanoseconds. */
export function formatAge(moment: bigint, now: bigint): string {
  const seconds = Number((now - moment) / SECOND);
  const distance = Math.abs(seconds);
  if (distance < 1) return 'now';
  const row = AGES.find(([limit]) => distance < limit) ?? AGES[AGES.length - 1];
  const count = Math.floor(distance / row[1]);
  const text = `${count} ${row[2]}${count === 1 ? '' : 's'}`;
  return seconds > 0 ? `${text} ago` : `in ${text}`;
}

/** Returns the nanoseconds of an RFC 3339 text (as `created` of an image has it), or undefined when it is none. */
export function parseTime(text: string): bigint | undefined {
  const match = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.(\d+))?(?:[Zz]|[+-]\d\d:\d\d)$/.exec(text);
  if (match === null) return undefined;
  const fraction = match.at(1) ?? '';
  const milliseconds = Date.parse(text.toUpperCase().replace(' ', 'T').replace(/\.\d+/, ''));
  if (Number.isNaN(milliseconds)) return undefined;
  return BigInt(milliseconds) * 1_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
}

/** Days since 1970-01-01 as a proleptic Gregorian date (Hinnant, "chrono-Compatible Low-Level Date Algorithms"). */
function formatDate(days: number): string {
  const shifted = days + 719_468; // from 0000-03-01
  const era = Math.floor(shifted / 146_097);
  const ofEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * ofYear + 2) / 153);
  const day = ofYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  return `${formatYear(era * 400 + yearOfEra + (month <= 2 ? 1 : 0))}-${two(month)}-${two(day)}`;
}

function formatYear(year: number): string {
  if (year >= 0 && year <= 9999) return `${year}`.padStart(4, '0');
  return `${year < 0 ? '-' : '+'}${`${Math.abs(year)}`.padStart(6, '0')}`;
}

function floorMod(value: bigint, by: bigint): bigint {
  const rest = value % by;
  return rest < 0n ? rest + by : rest;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : `${value}`;
}
