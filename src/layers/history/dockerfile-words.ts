/**
 * Words of a Dockerfile: how values are quoted so that a builder reads back exactly them (BuildKit
 * frontend/dockerfile/parser and shell.Lex), and how the lists that builders print into a history are read.
 */

/** A name and the value given to it; no value where none was recorded (`ARG NAME`). */
export type Pair = readonly [name: string, value: string | undefined];

/** The escape character in force: a backslash, or a backtick after `# escape=` (Windows). */
export type Escape = '\\' | '`';

const PLAIN = /^[\w.,:/@%+=~-]+$/;
const LINE_BREAK = /[\n\r]/;

/** True when no Dockerfile line can hold the text: line breaks have no escape there. */
export function hasLineBreak(text: string): boolean {
  return LINE_BREAK.test(text);
}

/** Returns the text with its line breaks shown as `\n` and `\r`, so that it stays on one comment line. */
export function oneLine(text: string): string {
  return text.replace(/[\n\r]/g, (char) => (char === '\n' ? '\\n' : '\\r'));
}

/** Returns a word that ENV, LABEL or ARG reads back as exactly this value (no variable in it is expanded). */
export function quoteWord(value: string, escape: Escape): string {
  if (PLAIN.test(value)) return value;
  return `"${value.replace(/["$\\`]/g, (char) => (char === '"' || char === '$' || char === escape ? escape + char : char))}"`;
}

/**
 * Returns text that WORKDIR, USER, COPY and the like read back as exactly this value: blanks inside are left alone, quotes
 * are added only where an end of the line would be lost.
 */
export function escapeWord(value: string, escape: Escape): string {
  if (value.trim() !== value || value.endsWith(escape)) return quoteWord(value, escape);
  return value.replace(/["'$\\`]/g, (char) =>
    char === (escape === '`' ? '\\' : '`') ? char : escape + char,
  );
}

/** Returns a JSON array as a person writes it: `["a", "b"]`. */
export function jsonList(items: readonly string[]): string {
  return `[${items.map((item) => JSON.stringify(item)).join(', ')}]`;
}

/** Returns the strings of a JSON array of nothing but strings, or undefined. */
export function parseJsonList(text: string): string[] | undefined {
  if (!text.startsWith('[') || !text.endsWith(']')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the strings of a list printed by Go's `%q` (`["a" "b c"]`) or of a JSON array, or undefined. */
export function parseQuotedList(text: string): string[] | undefined {
  const json = parseJsonList(text);
  if (json !== undefined) return json;
  if (!text.startsWith('[') || !text.endsWith(']')) return undefined;
  const items: string[] = [];
  let at = 1;
  while (at < text.length - 1) {
    if (text[at] === ' ') {
      at += 1;
      continue;
    }
    const string = readGoString(text, at);
    if (string === undefined) return undefined;
    items.push(string.value);
    at = string.end;
  }
  return items;
}

const GO_ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
  "'": "'",
};
const GO_HEX: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** Reads a quoted Go string or rune literal that starts at `at`; returns its value and the place after it. */
export function readGoString(text: string, at: number): { value: string; end: number } | undefined {
  const quote = text[at];
  if (quote !== '"' && quote !== "'") return undefined;
  let value = '';
  for (let i = at + 1; i < text.length; i++) {
    const char = text[i];
    if (char === quote) return { value, end: i + 1 };
    if (char !== '\\') {
      value += char;
      continue;
    }
    const kind = text.charAt(i + 1);
    if (Object.hasOwn(GO_ESCAPES, kind)) {
      value += GO_ESCAPES[kind];
      i += 1;
    } else if (Object.hasOwn(GO_HEX, kind)) {
      const digits = text.slice(i + 2, i + 2 + GO_HEX[kind]);
      const code =
        /^[0-9a-fA-F]+$/.test(digits) && digits.length === GO_HEX[kind] ? parseInt(digits, 16) : -1;
      if (code < 0 || code > 0x10ffff) return undefined;
      value += String.fromCodePoint(code);
      i += 1 + GO_HEX[kind];
    } else return undefined;
  }
  return undefined;
}

/**
 * Returns the pairs of an ENV, LABEL or ARG as written in a Dockerfile, quotes removed and variables left unexpanded,
 * or undefined where it is not well-formed. `NAME value with spaces` (the form without `=`) gives one pair.
 */
export function parseSourcePairs(text: string): Pair[] | undefined {
  const first = /^[^\s="'\\]+(?=\s)/.exec(text);
  if (first !== null) return [[first[0], text.slice(first[0].length).trim()]];
  const pairs: Pair[] = [];
  for (const word of splitSourceWords(text) ?? []) {
    const equals = word.indexOf('=');
    if (equals <= 0) return undefined;
    pairs.push([word.slice(0, equals), word.slice(equals + 1)]);
  }
  return pairs.length > 0 ? pairs : undefined;
}

/** Splits at spaces outside quotes and removes one level of quoting; undefined when a quote stays open. */
function splitSourceWords(text: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (quote === '' && (char === ' ' || char === '\t')) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    word ??= '';
    if (char === quote) quote = '';
    else if (quote === '' && (char === '"' || char === "'")) quote = char;
    else if (char === '\\' && quote !== "'" && i + 1 < text.length) {
      const next = text[i + 1];
      if (quote === '"' && next !== '"' && next !== '\\' && next !== '$') word += '\\';
      word += next;
      i += 1;
    } else word += char;
  }
  if (quote !== '') return undefined;
  if (word !== undefined) words.push(word);
  return words;
}

const KEY = /(?:[A-Za-z0-9_][\w./-]*)=/y;

/**
 * Splits `A=b c D=e` as Docker and BuildKit print ENV and LABEL, values unquoted. `known` (the image's final
 * values) decides where a value could end in two places; else a value ends before the next ` NAME=`.
 */
export function splitPrintedPairs(text: string, known: ReadonlyMap<string, string>): Pair[] | undefined {
  const pairs: Pair[] = [];
  let at = 0;
  while (at < text.length) {
    const equals = text.indexOf('=', at);
    if (equals <= at) return undefined;
    const name = text.slice(at, equals);
    const value = known.get(name);
    const start = equals + 1;
    let end = start + (value?.length ?? 0);
    if (
      value === undefined ||
      !text.startsWith(value, start) ||
      (end < text.length && !keyAt(text, end) && !knownAt(text, end, known))
    )
      end = nextKey(text, start);
    pairs.push([name, text.slice(start, end)]);
    at = end + 1;
  }
  return pairs.length > 0 ? pairs : undefined;
}

function keyAt(text: string, space: number): boolean {
  KEY.lastIndex = space + 1;
  return text[space] === ' ' && KEY.test(text);
}

/** A key with blanks in it is one only where the image has it. */
function knownAt(text: string, space: number, known: ReadonlyMap<string, string>): boolean {
  return text[space] === ' ' && known.has(text.slice(space + 1, text.indexOf('=', space + 1)));
}

function nextKey(text: string, from: number): number {
  for (let space = text.indexOf(' ', from); space >= 0; space = text.indexOf(' ', space + 1))
    if (keyAt(text, space)) return space;
  return text.length;
}
