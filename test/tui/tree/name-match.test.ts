import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type PathTable, nodePath } from '../../../src/layers/index/path-table.js';
import { unite } from '../../../src/layers/union/unite.js';
import { createNameMatcher } from '../../../src/tui/tree/name-match.js';
import { parseQuery } from '../../../src/tui/tree/query.js';
import { layerOf } from '../../helpers/layers.js';

/**
 * Among the letters are two whose bytes are a capital's and a small one's of Latin-1 (Ä C3 84, ä C3 A4), one of three bytes
 * that begins with what Latin-1's small letters of ä would be (U+3900, E3 A4 80), and Kelvin, whose small letter is ASCII.
 */
const LETTERS = ['a', 'B', 'b', 'k', '-', 'Ä', 'ä', '\u3900', '\u212a'];
const word = (maxLength: number): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...LETTERS), { minLength: 1, maxLength }).map((all) => all.join(''));

test('a text that is typed finds at every letter names that hold it, else names that hold its letters in turn', () => {
  const names = fc.array(fc.array(word(5), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(names, word(5), fc.boolean(), (files, text, isWithout) => {
      const paths = tableOf(files.map((file) => file.join('/')));
      const match = createNameMatcher(paths);
      for (let length = 1; length <= text.length; length++) {
        const typed = text.slice(0, length);
        const { fits } = match(parseQuery(isWithout ? `!${typed}` : typed).names);
        const wanted = wantedNodes(paths, typed, isWithout);
        expect(Array.from(fits, (one) => one === 1).slice(1)).toEqual(wanted);
      }
    }),
    { numRuns: 500 },
  );
});

test('what the end of one name and the start of the next spell is no name', () => {
  const { fits, hit } = createNameMatcher(tableOf(['xab', 'cdx', 'abc']))(parseQuery('abc').names);
  expect([...fits]).toEqual([...(hit ?? [])]);
  expect(hit?.indexOf(1)).toBe(hit?.lastIndexOf(1));
});

test.each([
  ['ä', ['ä.txt'], ['\u3900', 'Ä.txt', 'a']],
  ['Ä', ['Ä.txt'], ['ä.txt', 'a']],
  ['\u212a', ['0 \u212a'], ['k', 'K']],
])('%s beyond ASCII is compared as it is', (text, found, others) => {
  const paths = tableOf([...found, ...others]);
  const { hit } = createNameMatcher(paths)(parseQuery(text).names);
  const hits = Array.from(hit?.keys() ?? []).filter((node) => hit?.[node] === 1);
  expect(hits.map((node) => nodePath(paths, node))).toEqual(found.map((name) => `/${name}`));
});

function tableOf(files: readonly string[]): PathTable {
  return unite([layerOf(files.map((name) => ({ name })))]).paths;
}

/** By node from 1 on: told by the components of its path. */
function wantedNodes(paths: PathTable, text: string, isWithout: boolean): boolean[] {
  const small = (name: string): string => name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const fold = /[A-Z]/.test(text) ? (name: string): string => name : small;
  const parts = Array.from({ length: paths.count - 1 }, (_, i) =>
    nodePath(paths, i + 1)
      .split('/')
      .slice(1)
      .map(fold),
  );
  const holds = (part: string): boolean => part.includes(text);
  if (isWithout) return parts.map((path) => !path.some(holds));
  const stands = parts.some((path) => path.some(holds));
  const fit = (part: string): boolean => {
    let at = 0;
    for (const char of part) if (text.startsWith(char, at)) at += char.length;
    return at === text.length;
  };
  return parts.map((path) => path.some(stands ? holds : fit));
}
