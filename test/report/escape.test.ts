import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeName } from '../../src/model/name.js';
import { escapeForTerminal, unescapeName } from '../../src/report/escape.js';

/** What must never reach a terminal from an image; independent of how escape.ts says it. */
const DANGEROUS =
  /[\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|[\u{e0000}-\u{e0fff}]/u;

const bytes = fc.uint8Array({ maxLength: 40 });
const names = fc.oneof(
  bytes.map((value) => decodeName(value)),
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom(
      '\\',
      'x',
      'u',
      '{',
      '}',
      '1',
      'b',
      'n',
      '\n',
      '\x1b',
      '\u009b',
      '\u0301',
      'é',
      '\u202e',
    ),
  }),
);

describe('escapeForTerminal', () => {
  test('is undone by unescapeName, hence different names never look the same', () => {
    fc.assert(
      fc.property(names, (name) => {
        expect(unescapeName(escapeForTerminal(name))).toBe(name);
      }),
      { numRuns: 2000 },
    );
  });

  test('output has no byte below 0x20 and none of 0x7f-0x9f, and nothing invisible', () => {
    fc.assert(
      fc.property(names, (name) => {
        expect(escapeForTerminal(name)).not.toMatch(DANGEROUS);
      }),
      { numRuns: 2000 },
    );
  });

  test('every code point of Unicode alone: hidden ones are escaped, all are decoded again', () => {
    const wrong: string[] = [];
    for (let code = 0; code <= 0x10ffff; code++) {
      const char = String.fromCodePoint(code);
      const shown = escapeForTerminal(`a${char}b`);
      if (DANGEROUS.test(shown) || unescapeName(shown) !== `a${char}b`) wrong.push(code.toString(16));
    }
    expect(wrong).toEqual([]);
  });

  test.each([
    ['plain/path-1.2_3', 'plain/path-1.2_3'],
    ['café', 'café'],
    ['漢字', '漢字'],
    ['العربية', 'العربية'],
    ['🎉', '🎉'],
    ['🇫🇷', '🇫🇷'],
    ['ｶﾞ', 'ｶﾞ'],
    ['e\u0301', 'e\u0301'],
    [' a ', ' a '],
  ])('shows ordinary text as it is: %j', (name, shown) => {
    expect(escapeForTerminal(name)).toBe(shown);
  });

  test.each([
    ['a\nb', 'a\\nb'],
    ['a\r\tb', 'a\\r\\tb'],
    ['\x00\x1b[31m', '\\x00\\x1b[31m'],
    ['\x7f', '\\x7f'],
    ['\u009b31m', '\\u009b31m'],
    ['\u0085', '\\u0085'],
    ['\u202egpj.exe', '\\u202egpj.exe'],
    ['a\u200db', 'a\\u200db'],
    ['\ufeffa', '\\ufeffa'],
    ['❤\ufe0f', '❤\\ufe0f'],
    ['\u2028', '\\u2028'],
    ['\u00a0', '\\u00a0'],
    ['\u3000', '\\u3000'],
    ['\u2800', '\\u2800'],
    ['\ue000', '\\ue000'],
    ['\u{e0041}', '\\u{e0041}'],
    ['\u{f0000}', '\\u{f0000}'],
    ['\u{10ffff}', '\\u{10ffff}'],
    ['a\\b', 'a\\\\b'],
    ['\udc9b', '\\x9b'],
    ['\udcff\udc80', '\\xff\\x80'],
    ['\ud800', '\\ud800'],
    ['\u0301a', '\\u0301a'],
    ['\x1b\u0301', '\\x1b\\u0301'],
  ])('escapes %j as %s', (name, shown) => {
    expect(escapeForTerminal(name)).toBe(shown);
  });

  test('UTS #39 5.4: at most four nonspacing marks stay on one base', () => {
    expect(escapeForTerminal(`a${'\u0301'.repeat(6)}b\u0301`)).toBe(
      `a${'\u0301'.repeat(4)}\\u0301\\u0301b\u0301`,
    );
  });

  test('text of several lines keeps line feeds and tabs and nothing else; backslashes stay single on demand', () => {
    expect(escapeForTerminal('a\n\tb\r\x1b\\', { newlines: 'keep' })).toBe('a\n\tb\\r\\x1b\\\\');
    expect(escapeForTerminal('RUN a \\\n  b\x9d', { newlines: 'keep', backslashes: 'keep' })).toBe(
      'RUN a \\\n  b\\u009d',
    );
  });
});

describe('unescapeName', () => {
  test('bytes typed one by one are put together to the character they are', () => {
    expect(unescapeName('caf\\xc3\\xa9')).toBe('café');
    expect(unescapeName('\\xc3')).toBe('\udcc3');
  });

  test.each(['a\\', 'a\\q', '\\x1', '\\u12', '\\u{110000}', '\\u{}'])('refuses %s with E_USAGE', (text) => {
    expect(() => unescapeName(text)).toThrow(expect.objectContaining({ code: 'E_USAGE' }));
  });
});
