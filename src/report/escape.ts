import { fail } from '../model/error.js';
import { decodeName, encodeName } from '../model/name.js';

/**
 * What a terminal, a log viewer or a reader's eye may take for something else, following Python's `str.isprintable`
 * (everything of the categories Other and Separator but the space) plus what Unicode draws as nothing: controls (C0,
 * DEL, C1), format characters (bidirectional overrides, zero-width joiners, tags), line and paragraph separators, odd
 * spaces, private use, unassigned, lone surrogates, default ignorables (variation selectors, Hangul fillers), U+2800.
 */
const HIDDEN = /^(?:[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800])$/u;
const MARK = /^[\p{Mn}\p{Me}]$/u;
/** All of these are shown as they are, alone and together: the fast path for nearly every name. */
const PLAIN = /^[\x20-\x5b\x5d-\x7e]*$/;
const ASCII_PRINTABLE = /^[\x20-\x7e]*$/;

/** Nonspacing marks on one base before the rest is escaped: Unicode UTS #39 section 5.4 forbids more than four. */
const MARKS_PER_BASE = 4;

const SHORT: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

export interface EscapeOptions {
  /** `keep` lets line feeds and tabs through, for text of several lines. Default: `escape`. */
  readonly newlines?: 'escape' | 'keep';
  /** `keep` leaves backslashes single, for text that people copy; the result then cannot be decoded. Default: `escape`. */
  readonly backslashes?: 'escape' | 'keep';
}

/**
 * Returns the text to show for a name or any other text of an image: the only function between such text and the
 * terminal. By default the result has no control character, is different for different names, and
 * {@link unescapeName} gives the name back. A byte that is not UTF-8 is shown as `\xNN` (NN >= 80), other hidden
 * characters as `\n`, `\r`, `\t`, `\xNN` (ASCII), `\uNNNN` or `\u{NNNNN}`, the backslash as `\\`.
 */
export function escapeForTerminal(name: string, options: EscapeOptions = {}): string {
  if (PLAIN.test(name)) return name;
  const keepLines = options.newlines === 'keep';
  const backslash = options.backslashes === 'keep' ? '\\' : '\\\\';
  let out = '';
  let marks = MARKS_PER_BASE; // nothing before the first character could carry a mark
  for (const char of name) {
    if (char >= ' ' && char <= '~') {
      out += char === '\\' ? backslash : char;
      marks = 0;
    } else if (keepLines && (char === '\n' || char === '\t')) {
      out += char;
      marks = MARKS_PER_BASE;
    } else if (HIDDEN.test(char)) {
      out += escapeSequence(char);
      marks = MARKS_PER_BASE;
    } else if (MARK.test(char)) {
      out += marks < MARKS_PER_BASE ? char : escapeSequence(char);
      marks += 1;
    } else {
      out += char;
      marks = 0;
    }
  }
  return out;
}

/** True for text that a terminal shows one column per character. */
export function isAsciiPrintable(text: string): boolean {
  return ASCII_PRINTABLE.test(text);
}

function escapeSequence(char: string): string {
  const short = SHORT.get(char);
  if (short !== undefined) return short;
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x80) return `\\x${hex(code, 2)}`;
  if (code >= 0xdc80 && code <= 0xdcff) return `\\x${hex(code - 0xdc00, 2)}`;
  return code <= 0xffff ? `\\u${hex(code, 4)}` : `\\u{${hex(code, 5)}}`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

const SEQUENCE = /\\(?:([\\nrt])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}|)/g;
const RAW_BYTE = /\\x[89a-fA-F]/;

/**
 * Returns the name whose {@link escapeForTerminal} is `text`. Also reads what a person may type: `\xc3\xa9` is the
 * two bytes of `é`. Throws E_USAGE when a backslash begins no escape.
 */
export function unescapeName(text: string): string {
  if (!text.includes('\\')) return text;
  const name = text.replace(SEQUENCE, (all, short?: string, byte?: string, unit?: string, point?: string) => {
    if (short !== undefined) return short === 'n' ? '\n' : short === 'r' ? '\r' : short === 't' ? '\t' : '\\';
    if (byte !== undefined) {
      const value = Number.parseInt(byte, 16);
      if (value < 0x80) return String.fromCharCode(value);
      return String.fromCharCode(0xdc00 + value);
    }
    const code = Number.parseInt(unit ?? point ?? '', 16);
    if (Number.isNaN(code) || code > 0x10ffff)
      return fail('E_USAGE', `reading the name '${text}': '${all}' is no escape sequence`, {
        hint: 'double a backslash that is part of the name',
      });
    return String.fromCodePoint(code);
  });
  return RAW_BYTE.test(text) ? decodeName(encodeName(name)) : name;
}
