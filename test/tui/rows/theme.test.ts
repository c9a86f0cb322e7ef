import { expect, test } from 'vitest';
import { type Look, type Role, THEMES } from '../../../src/tui/rows/theme.js';

/* Every text can be read on the terminal that its theme is for (WCAG 2.2, 1.4.3 and 1.4.6). */

type Colour = readonly [red: number, green: number, blue: number];
const LEVELS = [0, 95, 135, 175, 215, 255];

/** A colour of the 256 of xterm from 16 on. */
function colourOf(index: number): Colour {
  if (index >= 232) {
    const grey = 8 + 10 * (index - 232);
    return [grey, grey, grey];
  }
  const cube = index - 16;
  return [LEVELS[Math.floor(cube / 36)], LEVELS[Math.floor(cube / 6) % 6], LEVELS[cube % 6]];
}

function luminance(colour: Colour): number {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: Colour, b: Colour): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

/** Lines between panes say nothing; bars stand beside the number that they are drawn of. */
const LEAST: Partial<Record<Role, number>> = { border: 1, bar: 3 };

test.each([
  ['dark', [0x1e, 0x1e, 0x1e], [0xd0, 0xd0, 0xd0], 4.5],
  ['light', [0xfa, 0xfa, 0xfa], [0x20, 0x20, 0x20], 4.5],
  ['contrast', [0, 0, 0], [0xff, 0xff, 0xff], 7],
] as const)('%s', (name, background, text, least) => {
  for (const [role, { fg, bg }] of Object.entries(THEMES[name]) as [Role, Look][]) {
    const ratio = contrast(
      fg === undefined ? text : colourOf(fg),
      bg === undefined ? background : colourOf(bg),
    );
    expect([role, ratio >= (LEAST[role] ?? least) ? 'can be read' : ratio]).toEqual([role, 'can be read']);
  }
});
