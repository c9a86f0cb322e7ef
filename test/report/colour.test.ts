import { describe, expect, test } from 'vitest';
import { createPalette, decideColour, type ColourChoice } from '../../src/report/colour.js';

type Row = [ColourChoice, Record<string, string>, boolean, number, string];

describe('the colour decision', () => {
  test.each<Row>([
    ['auto', { TERM: 'xterm' }, true, 1, 'a terminal'],
    ['auto', { TERM: 'xterm-256color' }, true, 2, '256 colours by TERM'],
    ['auto', { TERM: 'xterm', COLORTERM: 'truecolor' }, true, 3, 'true colour by COLORTERM'],
    ['auto', { TERM: 'xterm' }, false, 0, 'no terminal'],
    ['auto', { TERM: 'dumb' }, true, 0, 'TERM=dumb'],
    ['auto', { TERM: 'xterm', NO_COLOR: '1' }, true, 0, 'NO_COLOR'],
    ['auto', { TERM: 'xterm', NO_COLOR: '' }, true, 1, 'empty NO_COLOR does not count (no-color.org)'],
    ['auto', { TERM: 'xterm', NO_COLOR: '1', FORCE_COLOR: '1' }, true, 0, 'NO_COLOR before FORCE_COLOR'],
    ['auto', { TERM: 'xterm', FORCE_COLOR: '1' }, false, 1, 'FORCE_COLOR without a terminal'],
    ['auto', { TERM: 'xterm', FORCE_COLOR: '' }, false, 1, 'empty FORCE_COLOR forces'],
    ['auto', { TERM: 'xterm', FORCE_COLOR: 'true' }, false, 1, 'FORCE_COLOR=true'],
    ['auto', { TERM: 'dumb', FORCE_COLOR: 'true' }, false, 1, 'FORCE_COLOR before TERM=dumb'],
    ['auto', { TERM: 'xterm', FORCE_COLOR: '2' }, true, 2, 'FORCE_COLOR=2'],
    ['auto', { TERM: 'xterm', FORCE_COLOR: '3' }, false, 3, 'FORCE_COLOR=3'],
    ['auto', { TERM: 'xterm', FORCE_COLOR: '0' }, true, 0, 'FORCE_COLOR=0'],
    ['auto', { TERM: 'xterm', FORCE_COLOR: 'false' }, true, 0, 'FORCE_COLOR=false'],
    ['always', { TERM: 'dumb', NO_COLOR: '1', FORCE_COLOR: '0' }, false, 1, 'the flag before everything'],
    ['always', { TERM: 'xterm-256color' }, false, 2, 'the flag takes what TERM can'],
    ['never', { TERM: 'xterm', FORCE_COLOR: '3' }, true, 0, 'the flag before everything'],
    ['auto', {}, true, 1, 'no TERM'],
  ])('--color=%s %j terminal=%s gives level %d: %s', (choice, env, isTTY, level) => {
    expect(decideColour({ choice, env, isTTY })).toBe(level);
  });

  test('level 0 adds no byte in any style, level 1 does in all but plain', () => {
    for (const level of [0, 1] as const) {
      const { plain, ...palette } = createPalette(level);
      expect(plain('x')).toBe('x');
      for (const style of Object.values(palette))
        if (typeof style === 'function') expect(style('x') === 'x').toBe(level === 0);
    }
  });
});
