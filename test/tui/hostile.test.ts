import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { textWidth } from '../../src/report/width.js';
import { CONTROL, useFolder } from '../helpers/look.js';
import { hostileImage } from '../helpers/hostile-image.js';
import { startExplorer } from '../helpers/explorer.js';
import { hostilePages } from '../helpers/hostile-pages.js';
import { rowsOf, useBeginning } from '../helpers/pressed.js';
import { tarOf } from '../helpers/tar-layer.js';

/** Names that move the cursor, hide text, take two columns, none, or another number than terminals agree on. */
const NAMES = [
  'a\x1b[2Jb',
  'a\x9b2Jb',
  '\x1b]0;owned\x07',
  '\x1b]52;c;b3duZWQ=\x07',
  'new\nline',
  'tab\there',
  'back\x08space',
  'rtl\u202egnp.exe',
  'zero\u200bwidth',
  '日本語',
  '한국어',
  'e\u0301\u0301\u0301\u0301\u0301\u0301\u0301',
  '😀',
  '👩‍👩‍👧‍👦',
  '🇩🇪',
  '✅',
  '\u{e0041}tag',
  '\udc80\udcff',
  '{red-fg}tags{/}',
  'x'.repeat(250),
  '日'.repeat(80),
];

const folder = useFolder();
const first = useBeginning(folder);

/** What the explorer itself sends: known sequences and text. */
const OWN = /\x1b\[[?>]?[\d;]*[A-Za-z]|\x1b[78=>]|\x1b\(B|\x1b\]0;strata\x07|[\x08\r]/g;

describe('hostile names', () => {
  test('no control of theirs goes out from any pane, and the line between the panes stays straight', async () => {
    const image = path.join(folder(), 'hostile.tar');
    writeFileSync(
      image,
      tarOf([
        ...NAMES.map((name) => ({ name: `names/${name}`, content: `${name}\n` })),
        ...NAMES.map((name, i) => ({ name: `links/${String(i)}`, type: 'symlink' as const, link: name })),
      ]),
    );
    const driver = await startExplorer({ image: `rootfs:${image}`, store: path.join(folder(), 'store') });
    await driver.shows(/efficiency \d/);
    const straight = (): void => {
      const borders = driver
        .lines()
        .slice(1, -1)
        .filter((line) => line.includes('│'))
        // Columns, not characters: a wide one before the line takes two.
        .map((line) => textWidth(line.slice(0, line.indexOf('│'))));
      expect(new Set(borders).size).toBe(1);
    };
    await driver.press('*');
    for (let i = 0; i < NAMES.length * 2 + 3; i++) {
      await driver.press('j');
      straight();
    }
    await driver.press('g', 'j', 'Enter', 'v', 'q', 'H', 'q', 'd', 'q', '?', 'q', 'W', 'q', '/');
    await driver.type('kind:file a');
    await driver.press('Enter', 'e', 'Esc');
    expect(driver.output().replaceAll(OWN, '')).not.toMatch(CONTROL);
    expect(driver.output()).not.toContain('owned\x07');
    await driver.close();
  });

  test.each([
    [40, 12],
    [101, 33],
  ])(
    'pages of containers, searches and commits take exactly the columns there are: %dx%d',
    (width, height) => {
      for (const name of NAMES)
        for (const state of hostilePages({ ...first(), width, height }, name)) rowsOf(state);
    },
  );

  test('nor from instructions, labels and tags of the image', async () => {
    const driver = await startExplorer({
      image: await hostileImage(folder()),
      store: path.join(folder(), 'store'),
      columns: 100,
      rows: 30,
    });
    await driver.shows(/efficiency \d/);
    await driver.press('Tab', 'Tab', 'Tab', 'j', 'j', 'Tab');
    expect(driver.output().replaceAll(OWN, '')).not.toMatch(CONTROL);
    await driver.close();
  });
});
