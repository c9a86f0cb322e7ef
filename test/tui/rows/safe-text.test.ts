import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { textWidth } from '../../../src/report/width.js';
import { safeText } from '../../../src/tui/rows/safe-text.js';
import { fitRow, rowWidth, seg, skipColumns } from '../../../src/tui/rows/segment.js';
import { CONTROL } from '../../helpers/look.js';

const unicode = createRequire(import.meta.url)('blessed/lib/unicode') as {
  charWidth(text: string, at: number): number;
  readonly combining: Readonly<Record<number, boolean>>;
};

/** Columns that blessed gives a character. */
function blessedWidth(char: string): number {
  return unicode.combining[char.codePointAt(0) ?? 0] ? 0 : unicode.charWidth(char, 0);
}

describe('text of a pane', () => {
  test('every character that is let through as it is takes the columns that blessed takes for it', () => {
    const odd: string[] = [];
    for (let code = 0x20; code < 0x40000; code++) {
      if (code >= 0xd800 && code <= 0xdfff) continue;
      const char = String.fromCodePoint(code);
      // A mark needs something to stand on.
      const shown = safeText(`a${char}`).slice(1);
      if (shown !== char) continue;
      if (blessedWidth(char) !== textWidth(char)) odd.push(code.toString(16));
    }
    expect(odd).toEqual([]);
  });

  test('no control, no bidi, nothing invisible gets through', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        expect(safeText(name)).not.toMatch(CONTROL);
        expect(safeText(name, { text: true })).not.toMatch(CONTROL);
      }),
    );
  });

  test.each(['日本語', 'é́', 'naïve', 'שלום'])('%s stays itself', (name) => {
    expect(safeText(name)).toBe(name);
  });

  test.each([
    ['😀.txt', '\\u{1f600}.txt'],
    ['a\u202eb', 'a\\u202eb'],
    ['a\x9bb', 'a\\u009bb'],
    ['👩‍👩‍👧', '\\u{1f469}\\u200d\\u{1f469}\\u200d\\u{1f467}'],
  ])('%s is shown as %s', (name, shown) => {
    expect(safeText(name)).toBe(shown);
  });
});

describe('rows', () => {
  const texts = fc.array(fc.constantFrom('abc', '日本', 'é', '', 'x'.repeat(9), '한글 '), { maxLength: 6 });

  test('a fitted row has exactly its columns, whatever is in it', () => {
    fc.assert(
      fc.property(texts, fc.nat(30), (parts, width) => {
        expect(
          rowWidth(
            fitRow(
              parts.map((text) => seg(text)),
              width,
            ),
          ),
        ).toBe(width);
      }),
    );
  });

  test('columns that are skipped are gone, the rest stays in place', () => {
    fc.assert(
      fc.property(texts, fc.nat(20), (parts, columns) => {
        const row = parts.map((text) => seg(text));
        expect(rowWidth(skipColumns(row, columns))).toBe(Math.max(0, rowWidth(row) - columns));
      }),
    );
  });
});
