import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nodeName, nodePath } from '../../../src/layers/index/path-table.js';
import { unite } from '../../../src/layers/union/unite.js';
import { createNameMatcher } from '../../../src/tui/tree/name-match.js';
import { literalOf } from '../../../src/tui/tree/pattern-match.js';
import { parseQuery } from '../../../src/tui/tree/query.js';
import { layerOf } from '../../helpers/layers.js';

/** Among the letters are two whose small or capital form is ASCII (long s, Kelvin), which no pattern takes for it. */
const LETTERS = ['a', 'B', 'b', 's', 'k', '-', '.', '\\', '{', 'é', '\u017f', '\u212a'];
const name = fc.array(fc.constantFrom(...LETTERS), { minLength: 1, maxLength: 5 }).map((all) => all.join(''));
const PIECES = [
  '*',
  '+',
  '?',
  '^',
  '$',
  '{2}',
  '{',
  '|',
  '(a)',
  '(?!b)',
  '[ab]',
  '\\.',
  '\\\\',
  '\\b',
  '\\w',
  '/',
];
const source = fc
  .array(fc.constantFrom(...LETTERS, ...PIECES, 'ab', 's-'), { minLength: 1, maxLength: 6 })
  .map((all) => all.join(''));

test('a pattern that is typed finds at every letter what it fits, in names or with a slash in paths', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(name, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 9 }),
      source,
      (files, typed) => {
        const { paths } = unite([layerOf(files.map((file) => ({ name: file.join('/') })))]);
        const match = createNameMatcher(paths);
        for (let length = 1; length <= typed.length; length++) {
          const { names } = parseQuery(`re:${typed.slice(0, length)}`);
          const pattern = names.at(0)?.pattern;
          if (pattern === undefined) continue;
          const { fits } = match(names);
          const isWhole = typed.slice(0, length).includes('/');
          const wanted = [false];
          for (let node = 1; node < paths.count; node++)
            wanted[node] =
              wanted[paths.parent[node]] ||
              pattern.test(isWhole ? nodePath(paths, node) : nodeName(paths, node));
          expect(Array.from(fits, (one) => one === 1).slice(1)).toEqual(wanted.slice(1));
        }
      },
    ),
    { numRuns: 300 },
  );
});

test.each([
  ['file-4.*7', 'file-4', false],
  ['^pack', 'pack', false],
  ['js$', 'js', false],
  ['a\\.b', 'a.b', true],
  ['ab*', 'a', false],
  ['ab+', 'ab', false],
  ['a\\.?', 'a', false],
  ['ab|c', '', false],
  ['[ab]c', '', false],
])('%s stands on the text "%s"', (pattern, text, isWhole) => {
  expect(literalOf(pattern)).toEqual({ text, isWhole });
});
