import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPalette } from '../../src/report/colour.js';
import { matchLine } from '../../src/report/match.js';
import { textWidth } from '../../src/report/width.js';

const plain = createPalette(0);
const colour = createPalette(1);
const withoutColour = (text: string): string => text.replace(/\x1b\[[0-9;]*m/g, '');

describe('matchLine', () => {
  test('emphasises every match and escapes all of the line', () => {
    const spans = [
      [1, 3],
      [4, 5],
    ] as const;
    expect(matchLine('a\x1bbcd\x07', { palette: colour, spans, width: undefined, ellipsis: '…' })).toBe(
      'a\x1b[1m\x1b[31m\\x1bb\x1b[39m\x1b[22mc\x1b[1m\x1b[31md\x1b[39m\x1b[22m\\x07',
    );
  });

  test('a line never takes more columns than there are, and shows the first match', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 300 }),
        fc.string({ unit: 'grapheme', maxLength: 300 }),
        fc.integer({ min: 40, max: 120 }),
        (before, after, width) => {
          const text = `${before}NEEDLE${after}`;
          const at = text.indexOf('NEEDLE');
          const spans = [[at, at + 6]] as const;
          const line = matchLine(text, { palette: plain, spans, width, ellipsis: '…' });
          expect(textWidth(line.replaceAll('\t', ' '))).toBeLessThanOrEqual(width);
          const painted = matchLine(text, { palette: colour, spans, width, ellipsis: '…' });
          expect(withoutColour(painted)).toBe(line);
        },
      ),
    );
  });

  test('a match far into a line of a megabyte is shown, in no time', () => {
    const text = `${'x'.repeat(1_000_000)}needle${'y'.repeat(1000)}`;
    const line = matchLine(text, {
      palette: plain,
      spans: [[1_000_000, 1_000_006]],
      width: 80,
      ellipsis: '…',
    });
    expect(line).toMatch(/^…x{20}needley+…$/);
    expect(line).toHaveLength(80);
  });

  test('without a width nothing is cut', () => {
    const text = 'a'.repeat(500);
    expect(matchLine(text, { palette: plain, spans: [], width: undefined, ellipsis: '…' })).toBe(text);
  });
});
