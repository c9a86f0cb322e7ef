import { expect, test } from 'vitest';
import { differences } from '../../src/layers/compare/diff.js';
import { unite } from '../../src/layers/union/unite.js';
import { createPalette } from '../../src/report/colour.js';
import { countDifferences, countsText, differenceLines } from '../../src/report/diff.js';
import { markdownLines } from '../../src/report/diff-markdown.js';
import { statLines } from '../../src/report/diff-stat.js';
import { layerOf, type MemberSpec } from '../helpers/layers.js';

const format = { palette: createPalette(0), exact: true, arrow: '->', sides: ['A', 'B'] } as const;
const found = (a: readonly MemberSpec[], b: readonly MemberSpec[]) => [
  ...differences({ union: unite([layerOf(a)]), n: 1 }, { union: unite([layerOf(b)]), n: 1 }),
];

test('a line for each difference: sign, growth, layers, what, path', () => {
  const lines = differenceLines(
    found(
      [
        { name: 'a', content: 'one', mtime: 1 },
        { name: 'b', content: 'x', mode: 0o600 },
        { name: 'gone', content: 'gone' },
        { name: 'link', type: 'symlink', link: 'a' },
      ],
      [
        { name: 'a', content: 'longer', mtime: 2 },
        { name: 'b', content: 'x', mode: 0o4755, uid: 5 },
        { name: 'dir', type: 'dir' },
        { name: 'link', type: 'symlink', link: 'b' },
      ],
    ),
    format,
  );
  expect([...lines].map((line) => line.trimEnd())).toEqual([
    '   SIZE  LAYER   WHAT                                 PATH',
    '~    +3  A1->B1  content                              /a',
    '~     0  A1->B1  mode 0600 -> 4755, owner 0:0 -> 5:0  /b',
    '+        B1      directory                            /dir/',
    '-    -4  A1                                           /gone',
    '~        A1->B1  link a -> b                          /link',
  ]);
});

test('as many lines as there are differences', () => {
  const many = (mode: number): MemberSpec[] =>
    Array.from({ length: 150_000 }, (_, i) => ({ name: String(i), mode }));
  const all = found(many(0o644), many(0o600));
  expect([...differenceLines(all, format)]).toHaveLength(150_001);
  expect([...statLines(all, { ...format, width: undefined })]).toHaveLength(150_001);
  expect(countsText(countDifferences(all), false)).toBe('0 added, 0 removed, 150,000 changed; 0 B');
});

test('Markdown: no name ends its code span or its cell of a table', () => {
  const shown = found([], [{ name: 'a`b``c|d<script>', content: 'x' }]);
  const subject = {
    sides: ['one`', 'two'],
    image: undefined,
    shown,
    noise: undefined,
    culprits: [],
  } as const;
  const text = [...markdownLines(subject, { ...format, all: true })].join('\n');
  expect(text).toContain('```/a`b``c\\|d<script>```');
  expect(text).toContain('`` one` ``');
});
