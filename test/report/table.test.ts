import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { createPalette } from '../../src/report/colour.js';
import { escapeForTerminal } from '../../src/report/escape.js';
import { formatFields, formatTable, streamTable } from '../../src/report/table.js';
import { textWidth, truncateText } from '../../src/report/width.js';

const colours = createPalette(1);
const columns = [{ header: 'SIZE', align: 'right' }, { header: 'NAME' }, { header: 'LAST' }] as const;

describe('formatTable', () => {
  test('aligns columns by what the terminal shows, wide characters as two', () => {
    expect(
      formatTable(
        columns,
        [
          ['1', '漢字', 'x'],
          ['1000', 'abc', 'y'],
        ],
        { header: (text) => text },
      ),
    ).toEqual(['SIZE  NAME  LAST', '   1  漢字  x', '1000  abc   y']);
  });

  test('a number is never cut, however narrow the terminal is', () => {
    const sizes = [{ header: 'NAME' }, { header: 'SIZE', align: 'right' }] as const;
    expect(formatTable(sizes, [['a-long-name', '3.94 MB']], { terminalWidth: 14 })).toEqual([
      'a-long-name  3.94 MB',
    ]);
  });

  test('escapes every cell and measures what it shows', () => {
    expect(
      formatTable(
        [{ header: '' }, { header: '' }],
        [
          ['a\x1b', 'x'],
          ['b', 'y'],
        ],
      ),
    ).toEqual(['a\\x1b  x', 'b      y']);
  });

  test('no line ends in padding, whichever cells are empty', () => {
    expect(
      formatTable(columns, [
        ['1', 'a', ''],
        ['1', '', ''],
        ['', '', ''],
      ]),
    ).toEqual(['1  a', '1', '']);
  });

  test('styles go round the text alone and do not shift columns', () => {
    const [line] = formatTable(
      [{ header: '', width: 4 }, { header: '' }],
      [[{ text: 'a', style: colours.added }, 'b']],
    );
    expect(line).toBe('\x1b[32ma\x1b[39m     b');
  });

  test('the last cell is cut to the terminal and only there', () => {
    const rows = [['1', 'n', 'x'.repeat(50)]];
    expect(formatTable(columns, rows, { terminalWidth: 20 })).toEqual([`1  n  ${'x'.repeat(13)}…`]);
    expect(formatTable(columns, rows)).toEqual([`1  n  ${'x'.repeat(50)}`]);
  });

  test('no line is wider than the terminal when the last cell alone makes it so, whatever it holds', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 60 }),
        fc.integer({ min: 11, max: 40 }),
        (text, width) => {
          const [line] = formatTable([{ header: '' }, { header: '' }], [['a', text]], {
            terminalWidth: width,
          });
          expect(textWidth(line)).toBeLessThanOrEqual(width);
        },
      ),
    );
  });

  test('where fewer than 8 columns are left for the last cell it goes on in the next line, and is cut there', () => {
    const line = (before: number, text: string): string | undefined =>
      formatTable([{ header: '' }, { header: '' }], [['b'.repeat(before), text]], { terminalWidth: 20 }).at(
        0,
      );
    expect(line(10, 'x'.repeat(60))).toBe(`${'b'.repeat(10)}  ${'x'.repeat(7)}…`);
    expect(line(11, 'x'.repeat(60))).toBe(`${'b'.repeat(11)}  ${'x'.repeat(26)}…`);
    expect(line(38, 'x'.repeat(60))).toBe(`${'b'.repeat(38)}  ${'x'.repeat(19)}…`);
    expect(line(38, 'short')).toBe(`${'b'.repeat(38)}  short`);
  });

  test('a streamed table reads one row at a time and has the widths it was given', () => {
    let read = 0;
    function* rows(): Generator<string[]> {
      for (;;) yield [`${++read}`, 'n', 'l'];
    }
    const lines = streamTable(
      [{ header: 'N', width: 3, align: 'right' }, { header: 'A' }, { header: 'B' }],
      rows(),
      {
        header: (text) => text,
      },
    );
    expect([lines.next().value, lines.next().value, read]).toEqual(['  N  A  B', '  1  n  l', 1]);
  });
});

describe('formatFields', () => {
  test('aligns values and gives each cell of a list its line', () => {
    expect(
      formatFields(
        [
          ['Name', 'x'],
          ['Platform', ['a', 'b']],
          ['None', ''],
        ],
        (text) => text,
      ),
    ).toEqual(['Name      x', 'Platform  a', '          b', 'None']);
  });
});

describe('textWidth', () => {
  test.each([
    ['abc', 3],
    ['é', 1],
    ['e\u0301', 1],
    ['漢字', 4],
    ['🎉', 2],
    ['한', 2],
    ['\u1112\u1161\u11ab', 2],
    ['العربية', 7],
  ])('%j takes %d columns', (text, width) => {
    expect(textWidth(text)).toBe(width);
  });

  test('agrees with string-width on every assigned character of planes 0 and 1 alone', () => {
    const different: string[] = [];
    for (let code = 0x20; code <= 0x200ff; code++) {
      const char = String.fromCodePoint(code);
      if (escapeForTerminal(`a${char}`) !== `a${char}` || /[\p{Mc}\p{Regional_Indicator}]/u.test(char))
        continue;
      if (/[\u1160-\u11ff\ud7b0-\ud7ff]/u.test(char)) continue; // joined to the syllable before by terminals
      if (textWidth(`a${char}`) !== stringWidth('a') + stringWidth(char)) different.push(code.toString(16));
    }
    expect(different).toEqual([]);
  });

  test('a cut text never exceeds its room and begins as the whole does', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 30 }), (text, room) => {
        const cut = truncateText(text, room);
        expect(textWidth(cut)).toBeLessThanOrEqual(room);
        expect(cut === text || text.startsWith(cut.slice(0, -1))).toBe(true);
      }),
    );
  });
});
