import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compilePattern } from '../../../src/layers/search/regex.js';

/* What V8's usual engine says of a line is the law; which engine looks, and at how many lines at once, changes nothing. */

const atom = fc.constantFrom(
  'a',
  'b',
  '.',
  '[ab]',
  '[^a]',
  '[^b\\s]',
  '\\w',
  '\\s',
  '\\S',
  '\\W',
  '\\d',
  '[\\s,]',
  '\\b',
  '',
);
const piece = fc
  .tuple(atom, fc.constantFrom('', '', '+', '*', '?', '+?', '{2}'))
  .map(([one, count]) => (/^(?:\\b)?$/.test(one) ? one : one + count));
const source = fc
  .tuple(
    fc.constantFrom('', '', '^'),
    fc.array(piece, { minLength: 1, maxLength: 5 }),
    fc.constantFrom('', '', '$'),
  )
  .map(([begin, pieces, end]) => begin + pieces.join('') + end);
const line = fc.string({ unit: fc.constantFrom('a', 'b', ' ', ',', '1', 'é'), maxLength: 12 });

test('a long line fits as it does for the usual engine', () => {
  fc.assert(
    fc.property(
      source,
      line,
      line,
      fc.constantFrom('a', 'b', ' ', ',1'),
      (pattern, before, after, filling) => {
        const text = before + filling.repeat(2100 / filling.length) + after;
        expect(compilePattern(pattern).test(text)).toBe(new RegExp(pattern).test(text));
      },
    ),
  );
});

test('several lines fit where one of them does', () => {
  fc.assert(
    fc.property(
      source,
      fc.array(line, { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      (pattern, lines, long) => {
        const all = long ? [...lines, 'a'.repeat(3000)] : lines;
        const { block, test: fits } = compilePattern(pattern);
        if (all.some((one) => fits(one))) expect(block(all.join('\n'))).toBe(true);
      },
    ),
  );
});

test.each(['[^@]+@x', '\\s+;;', '[\\s\\S]+;', 'a+c', 'a+\\b_', '\\w+$', '(a+)+;', 'a.*a.*;'])(
  '%s ends on a long text and on a long line',
  (pattern) => {
    const { block, test: fits, spans } = compilePattern(pattern);
    const text = 'the quick brown fox jumps over the lazy dog 0123456789\n'.repeat(20_000);
    expect(block(text)).toBe(pattern === '\\w+$');
    const long = `${'a'.repeat(200_000)}-`;
    expect([fits(long), spans(long, 10)]).toEqual([false, []]);
  },
);
