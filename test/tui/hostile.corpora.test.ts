import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { startExplorer } from '../helpers/explorer.js';
import { hostileNames } from '../helpers/hostile-names.js';
import { hostilePages } from '../helpers/hostile-pages.js';
import { rowsOf, useBeginning } from '../helpers/pressed.js';
import { CONTROL, useFolder } from '../helpers/look.js';
import { tarOf } from '../helpers/tar-layer.js';

const folder = useFolder();
const first = useBeginning(folder);

/** What the explorer itself sends: known sequences and text. */
const OWN = /\x1b\[[?>]?[\d;]*[A-Za-z]|\x1b[78=>]|\x1b\(B|\x1b\]0;strata\x07|[\x08\r]/g;

test('every hostile name of the corpus, in every pane and page: no control goes out, no column shifts', async () => {
  const names = (await hostileNames()).filter((name) => name.length < 4000 && !/^[./]*$/.test(name));
  expect(names.length).toBeGreaterThan(60);
  const image = path.join(folder(), 'names.tar');
  writeFileSync(
    image,
    tarOf(
      names.flatMap((name, i) => [
        { name: `${String(i)}/x${name}`, content: `${name}\n` },
        { name: `${String(i)}/link`, type: 'symlink' as const, link: name },
      ]),
    ),
  );
  const driver = await startExplorer({
    image: `rootfs:${image}`,
    other: `rootfs:${image}`,
    store: path.join(folder(), 'store'),
    rows: 50,
  });
  await driver.shows(/efficiency \d/);
  /** The line between the panes stands in one column of the terminal, whatever is left of it. */
  const straight = (): void => {
    const columns = new Set(driver.cellsOf('│').filter((x) => x > 30));
    expect(columns.size).toBeLessThanOrEqual(1);
  };
  await driver.press('*', 'g');
  const rows = Number(/by size [\d,]+\/([\d,]+)/.exec(driver.text())?.[1]?.replaceAll(',', ''));
  expect(rows).toBeGreaterThan(names.length);
  for (let row = 0; row < rows; row += 40) {
    await driver.press('PageDown');
    straight();
    await driver.press('H', 'q', 'd', 'q', 'Enter', 'v', 'q', 'B', 'B');
    straight();
  }
  await driver.press('g', '/');
  await driver.type('kind:file x');
  straight();
  await driver.press('Enter', 'e', 'Esc', '=', '2', '*', 'G', 'H', 'q', 'Tab', '?', 'q');
  straight();
  expect(driver.output().replaceAll(OWN, '')).not.toMatch(CONTROL);
  await driver.close();
});

test('in every page of containers, searches and commits: the same', async () => {
  const small = { ...first(), width: 60, height: 14 };
  for (const name of await hostileNames()) for (const state of hostilePages(small, name)) rowsOf(state);
});
