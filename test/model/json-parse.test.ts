import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StrataError } from '../../src/model/error.js';
import {
  expectArray,
  expectObject,
  expectSize,
  expectString,
  field,
  type JsonNode,
  optionalString,
  stringMap,
  toPlainJson,
} from '../../src/model/json.js';
import { parseJson } from '../../src/model/json-parse.js';
import { DEFAULT_LIMITS } from '../../src/model/limits.js';

const parse = (text: string | Uint8Array, limits = DEFAULT_LIMITS): JsonNode =>
  parseJson(Buffer.from(text), 'the document', limits, 'E_MANIFEST');
const plain = (text: string): unknown => toPlainJson(parse(text).value);
const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof StrataError) return thrown.code;
    throw thrown;
  }
  return 'none';
};

describe('RFC 8259', () => {
  test('every document that JSON.stringify writes parses to the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(undefined, 2, '\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(JSON.stringify(toPlainJson(parse(text).value))).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });

  test('a text is refused exactly when JSON.parse refuses it, but for keys that are there twice and numbers beyond a double', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ':',
      ',',
      '"a"',
      '"b"',
      '"\\u00e9"',
      '1',
      '-',
      '0',
      '01',
      '.5',
      '1e3',
      'true',
      'nul',
      'null',
      ' ',
      '\n',
      '"',
      '\\',
      '\u0001',
      '+',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const text = parts.join('');
        let expected = 'none';
        try {
          JSON.parse(text);
        } catch {
          expected = 'E_JSON';
        }
        const actual = codeOf(() => parse(text));
        if (actual !== expected) expect(text).toMatch(/"(a|b|\\u00e9)".*"\1"|e[0-9]{3,}/s);
      }),
      { numRuns: 5000 },
    );
  });

  test.each([
    ['a byte order mark', '\ufeff[]'],
    ['a key twice', '{"a":1,"b":2,"a":3}'],
    ['a key twice in another spelling', '{"a":1,"\\u0061":2}'],
    ['data behind the value', '[] []'],
    ['an empty document', ''],
    ['a number beyond a double', '[1e400]'],
    ['a control character in a string', '"a\nb"'],
    ['a lone surrogate escape is cut short', '"\\ud8'],
  ])('%s is E_JSON', (_, text) => {
    expect(codeOf(() => parse(text))).toBe('E_JSON');
  });

  test('bytes that are not UTF-8 are E_JSON', () => {
    expect(codeOf(() => parse(Uint8Array.of(0x22, 0xff, 0x22)))).toBe('E_JSON');
  });
});

describe('bounds', () => {
  test('a document over the size limit is E_LIMIT before it is parsed', () => {
    expect(codeOf(() => parse('x'.repeat(20), { ...DEFAULT_LIMITS, json: 19 }))).toBe('E_LIMIT');
  });

  test('nesting is allowed to the limit and no deeper', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(codeOf(() => parse(nested(DEFAULT_LIMITS.jsonDepth)))).toBe('none');
    expect(codeOf(() => parse(nested(DEFAULT_LIMITS.jsonDepth + 1)))).toBe('E_JSON');
    expect(codeOf(() => parse('[{"a":'.repeat(200_000)))).toBe('E_JSON');
  });

  test('a document full of empty objects is refused before it fills the memory', () => {
    expect(codeOf(() => parse(`[${'{},'.repeat(1_000_000)}{}]`))).toBe('E_JSON');
  });
});

describe('values', () => {
  test('__proto__ is a key like any other', () => {
    const node = parse('{"__proto__":{"polluted":1},"constructor":2}');
    expect(field(field(node, '__proto__'), 'polluted').value).toBe(1);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect(Object.keys(plain('{"__proto__":1}') as object)).toEqual(['__proto__']);
    expect(field(node, 'toString').value).toBeUndefined();
  });

  test.each(['9007199254740993', '9223372036854775808', '1.5', '-1', '"10"', 'true', 'null', '1e300'])(
    '%s is no size',
    (text) => {
      expect(codeOf(() => expectSize(parse(text)))).toBe('E_MANIFEST');
    },
  );

  test('2^53 - 1 is a size', () => {
    expect(expectSize(parse('9007199254740991'))).toBe(Number.MAX_SAFE_INTEGER);
  });

  test('a complaint names the document, the place, what is there and what was expected', () => {
    const node = field(parse('{"manifests":[{},{"digest":[]}]}'), 'manifests');
    const digest = field(expectArray(node)[1], 'digest');
    expect(digest.path).toBe('manifests[1].digest');
    expect(() => expectString(digest)).toThrow(
      'reading the document: manifests[1].digest is a list, expected a string',
    );
    expect(() => expectObject(node)).toThrow('manifests is a list, expected an object');
  });

  test('null and absence are both no string and an empty map', () => {
    const node = parse('{"a":null}');
    for (const key of ['a', 'b']) {
      expect(optionalString(field(node, key))).toBeUndefined();
      expect(stringMap(field(node, key)).size).toBe(0);
    }
  });

  test('a list over its limit is E_LIMIT', () => {
    expect(codeOf(() => expectArray(parse('[1,2,3]'), 2))).toBe('E_LIMIT');
  });
});
