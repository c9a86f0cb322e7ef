/** Numbers as Go programs read and write them, so that a configuration and a report mean the same here. */

/** What a text says, or the words in which the Go function refuses it. */
export type Parsed = { readonly value: number } | { readonly problem: string };

const FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Reads a decimal number as Go's strconv.ParseFloat does; infinities, NaN and hexadecimal numbers are refused. */
export function parseGoFloat(text: string): Parsed {
  const value = FLOAT.test(text) ? Number(text) : NaN;
  if (Number.isFinite(value)) return { value };
  return { problem: `strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax` };
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['b', 1],
  ...['k', 'm', 'g', 't', 'p', 'e'].flatMap((prefix, i) => [
    [prefix, 1000 ** (i + 1)] as const,
    [`${prefix}b`, 1000 ** (i + 1)] as const,
    [`${prefix}i`, 1024 ** (i + 1)] as const,
    [`${prefix}ib`, 1024 ** (i + 1)] as const,
  ]),
]);

/**
 * Reads a number of bytes as go-humanize's ParseBytes does: `20MB` and `20 m` are 20,000,000, `20MiB` and `20mi` are
 * 20,971,520; fractions are cut, commas in the number do not count, the case of the unit does not matter.
 */
export function parseGoBytes(text: string): Parsed {
  const digits = /^[\d.,]*/.exec(text)?.[0] ?? '';
  const number = parseGoFloat(digits.replaceAll(',', ''));
  if ('problem' in number) return number;
  const unit = text.slice(digits.length).trim().toLowerCase();
  const factor = UNITS.get(unit);
  if (factor === undefined) return { problem: `unhandled size name: ${unit}` };
  const value = number.value * factor;
  return value >= 2 ** 64 ? { problem: `too large: ${text}` } : { value: Math.floor(value) };
}

const SI = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'] as const;

/** Returns a number of bytes as go-humanize's Bytes writes it: `439 B`, `1.6 MB`, `540 kB`. */
export function goBytes(bytes: number): string {
  if (bytes < 10) return `${String(bytes)} B`;
  // By logarithms as there: 999,999 is "1000 kB".
  const power = Math.floor(Math.log(bytes) / Math.log(1000));
  const value = Math.floor((bytes / 1000 ** power) * 10 + 0.5) / 10;
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ${SI[power] ?? ''}`;
}

/** Returns the number as Go's `%2.4f` writes it. */
export function goFixed(value: number): string {
  return Number.isFinite(value) ? value.toFixed(4) : goSpecial(value);
}

/** Returns the number as Go's `%v` writes it: the shortest text that reads back, with an exponent below 1e-4 and from 1e21. */
export function goFloat(value: number): string {
  if (!Number.isFinite(value)) return goSpecial(value);
  const size = Math.abs(value);
  if (value === 0 || (size >= 1e-4 && size < 1e21)) return String(value);
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}

function goSpecial(value: number): string {
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}
