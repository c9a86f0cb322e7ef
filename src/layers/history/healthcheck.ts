import { jsonList, parseQuotedList, readGoString } from './dockerfile-words.js';

/** Docker's health check: `Healthcheck` of an image configuration, times as Go prints durations. */
export interface Healthcheck {
  /** `['NONE']`, `['CMD', …]` or `['CMD-SHELL', text]`. */
  readonly test: readonly string[];
  /** Flags in Docker's order, those at their default left out: `interval=30s`. */
  readonly flags: readonly string[];
}

const FLAGS = ['interval', 'timeout', 'start-period', 'start-interval'] as const;

/** Returns what follows `HEALTHCHECK `. */
export function healthcheckText(check: Healthcheck): string {
  const [kind, ...words] = check.test;
  if (kind === 'NONE') return 'NONE';
  const flags = check.flags.map((flag) => `--${flag} `).join('');
  const plain =
    kind === 'CMD-SHELL' &&
    words.length === 1 &&
    words[0].trim() === words[0] &&
    /^[^[\n\r-][^\n\r]*[^\\\n\r]$/.test(words[0]);
  if (plain) return `${flags}CMD ${words[0]}`;
  return `${flags}CMD ${jsonList(kind === 'CMD-SHELL' ? ['/bin/sh', '-c', ...words] : words)}`;
}

/**
 * Reads a HEALTHCHECK as Docker and BuildKit print it: `NONE`, `&{["CMD-SHELL" "curl -f x"] "5s" "3s" "0s" "0s" '\x03'}`
 * (`%q` of the struct) or `{Test:[CMD-SHELL curl -f x] Interval:5s … Retries:3}` (`%+v`, since BuildKit 0.24).
 */
export function parsePrintedHealthcheck(text: string): Healthcheck | undefined {
  if (text === 'NONE') return { test: ['NONE'], flags: [] };
  return parseFields(text) ?? parseQuoted(text);
}

function parseQuoted(text: string): Healthcheck | undefined {
  if (!/^&?\{\[/.test(text) || !text.endsWith('}')) return undefined;
  const open = text.indexOf('[');
  const close = closingBracket(text, open);
  const test = close < 0 ? undefined : parseQuotedList(text.slice(open, close + 1));
  if (test === undefined) return undefined;
  const rest: string[] = [];
  for (let at = close + 1; at < text.length - 1;) {
    if (text[at] === ' ') at += 1;
    else {
      const literal = readGoString(text, at);
      if (literal === undefined) return undefined;
      rest.push(text[at] === "'" ? String(literal.value.codePointAt(0) ?? 0) : literal.value);
      at = literal.end;
    }
  }
  const retries = rest.pop() ?? '0';
  return { test, flags: flagsOf(rest, retries) };
}

function parseFields(text: string): Healthcheck | undefined {
  const fields =
    /^&?\{Test:\[([\s\S]*)\] Interval:(\S+) Timeout:(\S+) StartPeriod:(\S+)(?: StartInterval:(\S+))? Retries:(\d+)\}$/.exec(
      text,
    );
  if (fields === null) return undefined;
  const space = fields[1].indexOf(' ');
  const kind = space < 0 ? fields[1] : fields[1].slice(0, space);
  const rest = space < 0 ? '' : fields[1].slice(space + 1);
  const words = kind === 'CMD-SHELL' ? [rest] : rest === '' ? [] : rest.split(' ');
  return { test: [kind, ...words], flags: flagsOf(fields.slice(2, 6), fields[6]) };
}

/** Reads `config.Healthcheck` of an image configuration (times in nanoseconds), or gives undefined. */
export function readConfigHealthcheck(value: unknown): Healthcheck | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const fields = new Map<string, unknown>(Object.entries(value));
  const test = fields.get('Test');
  if (!Array.isArray(test) || test.length === 0 || !test.every((word) => typeof word === 'string'))
    return undefined;
  const times = ['Interval', 'Timeout', 'StartPeriod', 'StartInterval'].map((name) => {
    const time = fields.get(name);
    return typeof time === 'number' && time > 0 ? duration(time) : '0s';
  });
  const retries = fields.get('Retries');
  return {
    test,
    flags: flagsOf(times, typeof retries === 'number' && retries > 0 ? String(Math.trunc(retries)) : '0'),
  };
}

function flagsOf(times: readonly (string | undefined)[], retries: string): string[] {
  const flags = FLAGS.flatMap((name, i) => {
    const time = times[i];
    return time === undefined || time === '' || time === '0s' || !/^[\dhmnsuµ.]+$/.test(time)
      ? []
      : [`${name}=${shortDuration(time)}`];
  });
  return retries === '0' || !/^\d+$/.test(retries) ? flags : [...flags, `retries=${retries}`];
}

/** Go prints one minute as `1m0s` and one hour as `1h0m0s`. */
function shortDuration(time: string): string {
  return time.replace(/(?<=m)0s$/, '').replace(/(?<=h)0m$/, '');
}

function duration(nanoseconds: number): string {
  if (nanoseconds % 1e6 !== 0) return `${String(nanoseconds)}ns`;
  const milliseconds = nanoseconds / 1e6;
  if (milliseconds % 1000 !== 0) return `${String(milliseconds)}ms`;
  const seconds = milliseconds / 1000;
  if (seconds % 60 !== 0)
    return seconds < 60
      ? `${String(seconds)}s`
      : `${String(Math.floor(seconds / 60))}m${String(seconds % 60)}s`;
  return seconds % 3600 === 0 ? `${String(seconds / 3600)}h` : `${String(seconds / 60)}m`;
}

function closingBracket(text: string, open: number): number {
  for (let i = open + 1; i < text.length; i++) {
    if (text[i] === ']') return i;
    if (text[i] !== '"') continue;
    const string = readGoString(text, i);
    if (string === undefined) return -1;
    i = string.end - 1;
  }
  return -1;
}
