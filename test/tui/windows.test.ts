import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Page } from '../../src/tui/state/page.js';
import { onPage } from '../../src/tui/state/pages.js';
import type { State } from '../../src/tui/state/state.js';
import { type Explorer, startExplorer } from '../helpers/explorer.js';
import { useFolder } from '../helpers/look.js';
import { tarOf } from '../helpers/tar-layer.js';

/** 60,000 numbered lines of 60 characters: 3.6 MB. */
const LINES = Array.from({ length: 60_000 }, (_, i) => `line ${String(i + 1)} `.padEnd(59, '.'));
const LONG = `${'x'.repeat(2_500_000)}NEEDLE${'y'.repeat(500_000)}`;

const folder = useFolder();
let image: string;
let driver: Explorer;
beforeAll(() => {
  image = path.join(folder(), 'large.tar');
  const text = LINES.map((line, i) => (i === 49_999 ? `${line} Über ÉTÉ` : line)).join('\n');
  const binary = Buffer.alloc(3_000_000, 1);
  binary.set([0xca, 0xfe, 0xba, 0xbe], 2_900_000);
  binary.set(Buffer.from('hidden words'), 1_048_576 - 6);
  writeFileSync(
    image,
    tarOf([
      { name: 'lines.txt', content: `${text}\n` },
      { name: 'one-line.json', content: LONG },
      { name: 'bytes.bin', content: binary },
    ]),
  );
});
afterEach(async () => driver.close());

async function opened(name: string): Promise<Explorer> {
  driver = await startExplorer({ image: `rootfs:${image}`, store: path.join(folder(), 'store'), rows: 24 });
  await driver.shows(/efficiency \d/);
  await driver.press('/');
  await driver.type(name);
  await driver.press('Enter', 'Enter');
  return driver.shows(`/${name} after layer 1`);
}

describe('a file larger than what is held of it', () => {
  test('goes on part by part, both ways, with the right line numbers and no line left out', async () => {
    await opened('lines.txt');
    await driver.shows(/ 1 {2}line 1 \./);
    await driver.press('G');
    await driver.shows(/60000 {2}line 60000 \./);
    // Up, over the border of two parts.
    const seen = new Set<number>();
    await driver.press('g');
    await driver.shows(/ 1 {2}line 1 \./);
    await driver.press('/');
    await driver.type('line 17440 ');
    await driver.press('Enter');
    for (let i = 0; i < 5; i++) {
      await driver.press('PageDown');
      await driver.shows(/\d–|kB|MB/);
      for (const [, number, told] of driver.text().matchAll(/^ *(\d+) {2}line (\d+) /gm)) {
        expect(number).toBe(told);
        seen.add(Number(number));
      }
    }
    const numbers = [...seen].sort((a, b) => a - b);
    expect(numbers.length).toBe((numbers.at(-1) ?? 0) - numbers[0] + 1);
    expect(numbers[0]).toBeLessThan(17_476);
    expect(numbers.at(-1)).toBeGreaterThan(17_490);
    for (let i = 0; i < 5; i++) await driver.press('PageUp');
    await driver.shows(/174\d\d {2}line 174\d\d /);
  });

  test('is searched to its end and round it, on and back; what is not there is told', async () => {
    await opened('lines.txt');
    await driver.press('/');
    await driver.type('line 55555 ');
    await driver.press('Enter');
    await driver.shows(/55555 {2}line 55555 \./);
    await driver.press('/', 'C-u');
    await driver.type('line 33 ');
    await driver.press('Enter');
    await driver.shows('from the beginning again');
    await driver.shows(/ 33 {2}line 33 /);
    await driver.press('/', 'C-u');
    await driver.type('line 4000');
    await driver.press('Enter');
    await driver.shows(/4000 {2}line 4000 /);
    await driver.press('n');
    await driver.shows(/40000 {2}line 40000 /);
    await driver.press('n');
    await driver.shows(/40001 {2}line 40001 /);
    await driver.press('N', 'N');
    await driver.shows(/ 4000 {2}line 4000 /);
    await driver.press('N');
    await driver.shows('from the end again');
    await driver.shows(/40009 {2}line 40009 /);
    await driver.press('/', 'C-u');
    await driver.type('no such words');
    await driver.press('Enter');
    await driver.shows('not found: no such words');
    await driver.shows(/40009 {2}line 40009 /);
  });

  test('case counts once there is a capital; letters beyond ASCII have case too', async () => {
    await opened('lines.txt');
    await driver.press('/');
    await driver.type('été');
    await driver.press('Enter');
    await driver.shows(/50000 {2}line 50000 .*Über ÉTÉ/);
    await driver.press('g');
    await driver.press('/', 'C-u');
    await driver.type('LINE 50000');
    await driver.press('Enter');
    await driver.shows('not found: LINE 50000');
  });

  test('of one line is shown in rows, and what is found in it is seen', async () => {
    await opened('one-line.json');
    await driver.shows(/^ *1 {2}xxx/m);
    expect(driver.text().match(/^ {2,}xxxx/gm)?.length).toBeGreaterThan(10);
    await driver.press('/');
    await driver.type('NEEDLE');
    await driver.press('Enter');
    await driver.shows(/NEEDLEy{10}/);
    await driver.press('/', 'C-u');
    await driver.type('yyyyyyyyyy');
    await driver.press('Enter', 'N');
    await driver.shows(/reading|yyyy/);
    await driver.press('g');
    await driver.shows(/^ *1 {2}xxx/m);
  });

  test('in hexadecimal is searched for bytes and for words, also over the border of what is held', async () => {
    await opened('bytes.bin');
    await driver.shows(/^ 00000000 {2}01 01/m);
    await driver.press('/');
    await driver.type('ca fe ba be');
    await driver.press('Enter');
    await driver.shows(/002c4020 .*ca fe ba be/);
    await driver.press('/', 'C-u');
    await driver.type('Hidden');
    await driver.press('Enter');
    await driver.shows('not found: Hidden');
    await driver.press('/', 'C-u');
    await driver.type('hidden words');
    await driver.press('Enter');
    await driver.shows(/000ffff0 .*68 69 64/);
    await driver.shows('from the beginning again');
    await driver.press('g', 'v');
    await driver.shows(/text/);
  });
});

test('Esc stops a search and leaves the page, the second one closes it', () => {
  const page = { loading: true, search: 'x', body: { count: 3 } } as Page;
  const state = { width: 80, height: 24, pane: 'files', top: 1, page } as State;
  const stopped = onPage(state, page, 'back');
  expect(stopped?.effects).toEqual([{ do: 'stop' }]);
  expect(stopped?.state.page?.loading).toBe(false);
  const closed =
    stopped?.state.page === undefined ? undefined : onPage(stopped.state, stopped.state.page, 'back');
  expect(closed?.state.page).toBeUndefined();
});
