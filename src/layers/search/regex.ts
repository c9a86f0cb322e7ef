import v8 from 'node:v8';
import { compileRegex } from './glob.js';
import { longestMatch, looksBeside, looksFurther, withinLine, withoutLineEnd } from './regex-source.js';

/** Where matches may begin in a part of a line that is too long to be looked at whole, in code units. */
export interface LinePart {
  /** What stands before is looked at only. 0: the line begins here. */
  readonly from: number;
  /** What stands behind is looked at only. Infinity: the line ends with the text. */
  readonly until: number;
}

/** A text pattern of the user, compiled. Safe to keep and to use on any text. */
export interface Pattern {
  readonly test: (text: string) => boolean;
  /**
   * Whether a match begins in that part of a longer line; `^` fits only where the line begins, `$` only where it ends, `\b`
   * and `\B` at no end of the text that is not one of the line.
   */
  readonly testPart: (text: string, part: LinePart) => boolean;
  /** Pairs start, end of every match in the text, left to right; at most `most`. */
  readonly spans: (
    text: string,
    most?: number,
    part?: LinePart,
  ) => readonly (readonly [start: number, end: number])[];
  /** The same pattern on several lines at once: may fit where no single line does, never the other way round. */
  readonly block: (text: string) => boolean;
  /** What every match contains, byte for byte; undefined when there is no such text. */
  readonly literal: string | undefined;
  /** Code units that a match has at most; Infinity when there is no bound. */
  readonly longest: number;
  /** Whether what fits depends on more than the text of the match. */
  readonly looksFurther: boolean;
}

export interface PatternOptions {
  /** The text means itself. */
  readonly fixed?: boolean;
  readonly ignoreCase?: boolean;
}

const META = /[\\^$.*+?()[\]{}|]/g;
/** Only Unicode mode understands these; it cannot be run in linear time, so it is not taken without need. */
const NEEDS_UNICODE = /\\[pP]\{|\\u\{|[\u{10000}-\u{10ffff}]/u;
const LOOKS_AROUND = /\(\?<?[=!]|\\B/;

/**
 * Code units of a line up to which V8's usual engine is taken, which may need the square of them; of longer ones, where a
 * match has no bound, the engine that takes linear time, tens of times slower on what is not hostile.
 */
const LONG = 2048;

/**
 * Compiles a regular expression (JavaScript syntax) or a fixed text. Hostile text cannot make it hang: long lines, and what
 * takes 50,000 steps back, are for an engine of V8 that takes linear time (v8.dev/blog/non-backtracking-regexp), which
 * knows everything but back references, lookaround and large counts. Throws E_USAGE.
 */
export function compilePattern(text: string, { fixed, ignoreCase }: PatternOptions = {}): Pattern {
  v8.setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');
  const isLiteral = fixed === true || !text.match(META);
  const source = fixed === true ? text.replace(META, '\\$&') : text;
  compileRegex(source);
  const unicode = NEEDS_UNICODE.test(source);
  const folded = ignoreCase === true && !unicode && canFold(source) ? foldPattern(source) : undefined;
  const flags = `${ignoreCase === true && folded === undefined ? 'i' : ''}${unicode ? 'u' : ''}`;
  const expression = folded ?? source;
  const one = new RegExp(expression, flags);
  const all = new RegExp(expression, `${flags}g`);
  const longest = longestMatch(expression);
  const beside = looksBeside(expression);
  const endless = longest === Infinity;
  const compile = endless ? linear : normal;
  const onLong = compile(expression, `${flags}g`);
  const open = compile(withoutLineEnd(expression), `${flags}g`);
  const lines = LOOKS_AROUND.test(expression) ? undefined : new RegExp(withinLine(expression), `${flags}m`);
  const prepare = folded === undefined ? (subject: string) => subject : lower;
  return {
    test: (subject) =>
      subject.length > LONG ? firstMatch(onLong, prepare(subject), 0) !== null : one.test(prepare(subject)),
    testPart: (subject, part) => {
      const ends = part.until === Infinity;
      const match = firstMatch(ends ? onLong : open, prepare(subject), part.from);
      if (match === null || match.index >= part.until) return false;
      return ends || !beside || match.index + match[0].length < subject.length;
    },
    spans: (subject, most = Infinity, part = WHOLE) =>
      spansOf(
        part.until < Infinity ? open : subject.length > LONG ? onLong : all,
        prepare(subject),
        most,
        part.from,
      ),
    block: (subject) =>
      lines === undefined || (endless && hasLongLine(subject)) || lines.test(prepare(subject)),
    literal: isLiteral && ignoreCase !== true ? text : undefined,
    longest,
    looksFurther: looksFurther(expression),
  };
}

function normal(source: string, flags: string): RegExp {
  return new RegExp(source, flags);
}

function firstMatch(global: RegExp, text: string, from: number): RegExpExecArray | null {
  global.lastIndex = from;
  return global.exec(text);
}

function hasLongLine(text: string): boolean {
  for (let start = 0; text.length - start > LONG;) {
    const feed = text.lastIndexOf('\n', start + LONG);
    if (feed < start) return true;
    start = feed + 1;
  }
  return false;
}

/** Returns the expression for the engine that takes linear time and is slower, where that one knows all of it. */
function linear(source: string, flags: string): RegExp {
  v8.setFlagsFromString('--enable-experimental-regexp-engine');
  try {
    return new RegExp(source, `${flags}l`);
  } catch {
    return new RegExp(source, flags);
  }
}

const WHOLE: LinePart = { from: 0, until: Infinity };

function spansOf(all: RegExp, text: string, most: number, from: number): [number, number][] {
  const spans: [number, number][] = [];
  all.lastIndex = from;
  for (let match = all.exec(text); match !== null && spans.length < most; match = all.exec(text)) {
    const end = match.index + match[0].length;
    if (end === match.index) all.lastIndex += 1;
    else spans.push([match.index, end]);
  }
  return spans;
}

/** Lower case with every character where it was: the few that grow (U+0130) stay as they are. */
function lower(text: string): string {
  const whole = text.toLowerCase();
  if (whole.length === text.length) return whole;
  let out = '';
  for (const char of text) {
    const small = char.toLowerCase();
    out += small.length === char.length ? small : char;
  }
  return out;
}

const RANGE = /(\\?[^])-(\\?[^\]])/g;
const PLAIN_RANGE = /^(?:[a-z]-[a-z]|[A-Z]-[A-Z]|[0-9]-[0-9])$/;

/** False where a class has a range that would be another in lower case, as `[Z-a]` and `[+-Z]`. */
function canFold(source: string): boolean {
  return [...source.matchAll(RANGE)].every(([range]) => PLAIN_RANGE.test(range) || !source.includes('['));
}

/**
 * Returns a pattern that fits the lower-case text where `source` with the flag `i` fits the text: the flag cannot be run
 * in linear time. Escapes of classes (`\S`) stay, escaped characters (`\x41`) become lower case.
 */
function foldPattern(source: string): string {
  return source.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|c[A-Za-z]|[^])|[^\\]+/g,
    (part: string, byte?: string, unit?: string) => {
      const code = byte ?? unit;
      if (code === undefined) return part.startsWith('\\') ? part : lower(part);
      const small = lower(String.fromCharCode(Number.parseInt(code, 16)));
      return `\\u${small.charCodeAt(0).toString(16).padStart(4, '0')}`;
    },
  );
}
