/**
 * Returns the decimal number in the bytes [start, end): an optional sign and digits only. NaN when it is anything
 * else or not a safe integer. The sign is what Go's strconv.ParseInt allows; POSIX has digits only.
 */
export function parseDecimal(bytes: Uint8Array, start: number, end: number): number {
  const negative = bytes[start] === 0x2d;
  let at = negative || bytes[start] === 0x2b ? start + 1 : start;
  if (at >= end) return NaN;
  let value = 0;
  for (; at < end; at++) {
    const digit = bytes[at] - 0x30;
    if (digit < 0 || digit > 9) return NaN;
    value = value * 10 + digit;
    if (value > Number.MAX_SAFE_INTEGER) return NaN;
  }
  return negative && value !== 0 ? -value : value;
}

/** A point in time; `nanoseconds` counts forward from `seconds`, also before 1970. */
export interface TarTime {
  readonly seconds: number;
  /** 0 to 999,999,999. */
  readonly nanoseconds: number;
}

/**
 * Returns the time in the bytes [start, end), a decimal number of seconds with an optional fraction (POSIX pax,
 * "mtime"), of which digits after the ninth are dropped; undefined when it is anything else or out of range.
 */
export function parseTime(bytes: Uint8Array, start: number, end: number): TarTime | undefined {
  let point = start;
  while (point < end && bytes[point] !== 0x2e) point++;
  const seconds = parseDecimal(bytes, start, point);
  if (Number.isNaN(seconds)) return undefined;
  let nanoseconds = 0;
  let digits = 0;
  for (let at = point + 1; at < end; at++) {
    const digit = bytes[at] - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    if (digits < 9) {
      nanoseconds = nanoseconds * 10 + digit;
      digits++;
    }
  }
  for (; digits < 9; digits++) nanoseconds *= 10;
  if (bytes[start] !== 0x2d || nanoseconds === 0) return { seconds, nanoseconds };
  // -1.25 lies a quarter before -1, that is three quarters after -2.
  return Number.isSafeInteger(seconds - 1)
    ? { seconds: seconds - 1, nanoseconds: 1_000_000_000 - nanoseconds }
    : undefined;
}
