const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'] as const;

/**
 * Returns a byte count for people: powers of 1000 with three significant digits, as docker and dive show sizes
 * (`0 B`, `999 B`, `1.00 kB`, `72.8 MB`). JSON and `--bytes` give the exact number instead.
 */
export function humanBytes(bytes: number | bigint): string {
  const count = Number(bytes);
  if (count < 0) return `-${humanBytes(-count)}`;
  let value = count;
  let unit = 0;
  // 999.5 would round to the four digits "1000".
  while (value >= (unit === 0 ? 1000 : 999.5) && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  if (unit === 0) return `${value} B`;
  const digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return `${value.toFixed(digits)} ${UNITS[unit] ?? ''}`;
}

/** Returns the size as asked for: exact digits with `exact`, else {@link humanBytes}. */
export function formatBytes(bytes: number | bigint, exact: boolean): string {
  return exact ? bytes.toString() : humanBytes(bytes);
}

/** Returns a count with thousands set apart by commas: `250,000`. */
export function formatCount(count: number | bigint): string {
  return count.toString().replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** Returns the count with its noun: `1 file`, `2,000 files`, `0 entries`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** Returns a part of a whole as a percentage with one digit: `12.5 %`; `-` when the whole is 0. */
export function formatPercent(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((part / whole) * 100).toFixed(1)} %`;
}
