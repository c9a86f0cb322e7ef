import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { diffContents, type Hunk } from '../../src/layers/contents/content-diff.js';
import { compareText } from '../../src/layers/contents/text-diff.js';
import { createPalette } from '../../src/report/colour.js';
import { diffJson, diffLines } from '../../src/report/content-diff.js';
import { escapeForTerminal } from '../../src/report/escape.js';
import { sideBySideLines } from '../../src/report/side-by-side.js';
import { textWidth } from '../../src/report/width.js';
import { wordDiffLines } from '../../src/report/word-diff.js';

const palette = createPalette(0);
const labels = { before: '/f@1', after: '/f@2' };

function hunksOf(before: string, after: string, context = 3): readonly Hunk[] {
  return compareText(before, after, { context }).hunks ?? [];
}

const text = fc
  .array(
    fc.constantFrom(
      'a',
      'b = 2',
      '\ttab',
      'wide 漢字 😀',
      '\x1b[2J',
      'long '.repeat(30),
      '',
      'x\r',
      'e\u0301',
    ),
    {
      maxLength: 12,
    },
  )
  .chain((lines) => fc.constantFrom(lines.join('\n'), `${lines.join('\n')}\n`));

describe('sideBySideLines', () => {
  const lines = (before: string, after: string, width = 40): string[] => [
    ...sideBySideLines(hunksOf(before, after), labels, { palette, width, ellipsis: '…' }),
  ];

  test('mark lines that changed, went and came, with their numbers', () => {
    expect(lines('one\ntwo\nthree\nfour\n', 'one\n2\nthree\nfour\nfive\n')).toEqual([
      '/f@1                 /f@2',
      '@@ -1,4 +1,5 @@',
      ' 1 one                1 one',
      ' 2 two             |  2 2',
      ' 3 three              3 three',
      ' 4 four               4 four',
      '                   >  5 five',
    ]);
    expect(lines('one\ntwo\n', 'two\n').slice(2)).toEqual([
      ' 1 one             <',
      ' 2 two                1 two',
    ]);
  });

  test('say where a final line feed is missing', () => {
    expect(lines('one', 'one\n', 100).slice(2)).toEqual([
      ` 1 ${'one'.padEnd(45)} |  1 one`,
      `   ${'\\ No newline at end of file'.padEnd(45)} <`,
    ]);
  });

  test('cut long lines and set tabs', () => {
    expect(lines('a\tb\n', `${'x'.repeat(50)}\n`)[2]).toBe(` 1 a       b       |  1 ${'x'.repeat(14)}…`);
  });

  test('are never wider than the terminal and print nothing unescaped', () => {
    fc.assert(
      fc.property(text, text, fc.integer({ min: 36, max: 120 }), (a, b, width) => {
        for (const line of lines(a, b, width)) {
          expect(textWidth(line)).toBeLessThanOrEqual(width);
          expect(escapeForTerminal(line, { backslashes: 'keep' })).toBe(line);
        }
      }),
    );
  });

  test('are empty for no hunks', () => {
    expect(lines('a', 'a')).toEqual([]);
  });
});

describe('wordDiffLines', () => {
  const lines = (before: string, after: string, colours = palette): string[] =>
    [...wordDiffLines(hunksOf(before, after), labels, colours)].slice(3);

  test.each([
    ['a word', 'a = 1\nb = 2\nc = 3\n', 'a = 1\nb = 5\nc = 3\n', ['a = 1', 'b = [-2-]{+5+}', 'c = 3']],
    ['lines that came', 'one\n', 'one\ntwo\nthree\n', ['one', '{+two+}', '{+three+}']],
    ['lines that went', 'one\ntwo\nthree\n', 'three\n', ['[-one-]', '[-two-]', 'three']],
    ['an empty line', 'p\n\nq\n', 'p\nq\n', ['p', '[--]', 'q']],
    ['blanks', 'a  b\n', 'a b\n', ['a[-  -]{+ +}b']],
    ['line ends', 'a\r\nb\r\n', 'a\nb\n', ['a[-\\r-]', 'b[-\\r-]']],
    ['everything', 'a\n', '\x1b\n', ['[-a-]{+\\x1b+}']],
  ])('show %s', (_, before, after, expected) => {
    expect(lines(before, after)).toEqual(expected);
  });

  test('are coloured besides their marks', () => {
    expect(lines('a b\n', 'a c\n', createPalette(1))).toEqual([
      'a \x1b[31m[-b-]\x1b[39m\x1b[32m{+c+}\x1b[39m',
    ]);
  });

  test('say all of both texts: without what was added it is the old one, without what was removed the new', () => {
    const word = fc.constantFrom('a', 'b', 'c = 1', ' ', '\n', '.');
    const words = fc.array(word, { maxLength: 30 }).map((all) => `${all.join('')}\n`);
    fc.assert(
      fc.property(words, words, (before, after) => {
        fc.pre(before !== after);
        const shown = [...wordDiffLines(hunksOf(before, after, 100), labels, palette)].slice(3).join('');
        const flat = (side: string): string => side.replaceAll('\n', '');
        expect(shown.replace(/\{\+[^}]*\+\}/g, '').replace(/\[-|-\]/g, '')).toBe(flat(before));
        expect(shown.replace(/\[-[^\]]*-\]/g, '').replace(/\{\+|\+\}/g, '')).toBe(flat(after));
      }),
      { numRuns: 1000 },
    );
  });

  test('replace runs that are too long whole', () => {
    const shown = lines(`${'a '.repeat(12_000)}\n`, `${'a '.repeat(12_000)}b\n`);
    expect(shown.map((line) => line.slice(0, 4))).toEqual(['[-a ']);
    expect(shown[0]).toContain('-]{+a a');
  });
});

describe('how text was read', () => {
  const latin = diffContents(Buffer.from('\xe4\n', 'latin1'), Buffer.from('ä!\n'));

  test('is told where it is not plain UTF-8', () => {
    expect([...diffLines(latin, labels, palette)][0]).toBe('read as latin-1 before, utf-8 after');
    const both = diffContents(Buffer.from('\xe4\n', 'latin1'), Buffer.from('\xe5\n', 'latin1'));
    expect([...diffLines(both, labels, palette)][0]).toBe('read as latin-1');
    const added = diffContents(undefined, Buffer.from('\xe5\n', 'latin1'));
    expect([...diffLines(added, labels, palette)][0]).toBe('read as latin-1');
    const plain = diffContents(undefined, Buffer.from('a\n'));
    expect([...diffLines(plain, labels, palette)][0]).toBe('--- /f@1');
  });

  test('is all there is to tell where the text is the same', () => {
    const same = diffContents(Buffer.from('\xe4\n', 'latin1'), Buffer.from('ä\n'));
    expect([...diffLines(same, labels, palette)]).toEqual([
      'the text is the same, read as latin-1 before, utf-8 after',
    ]);
  });

  test('is told whatever the form of the hunks', () => {
    const form = (hunks: readonly Hunk[]): Iterable<string> =>
      sideBySideLines(hunks, labels, { palette, width: 40, ellipsis: '…' });
    expect([...diffLines(latin, labels, palette, form)]).toEqual([
      'read as latin-1 before, utf-8 after',
      '/f@1                 /f@2',
      '@@ -1 +1 @@',
      ' 1 ä               |  1 ä!',
    ]);
  });

  test('is in JSON where asked for', () => {
    expect(diffJson(latin, { encodings: true })).toMatchObject({
      encodings: { before: 'latin-1', after: 'utf-8' },
    });
    expect(diffJson(latin)).not.toHaveProperty('encodings');
  });
});
