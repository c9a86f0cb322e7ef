import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type Explorer, startExplorer } from '../helpers/explorer.js';
import { DEMO, useFolder } from '../helpers/look.js';

/* What a layer removed can be looked at, compared, written and copied like what is there. */

const folder = useFolder();
const open: Explorer[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function demo(image: string): Promise<Explorer> {
  const driver = await startExplorer({ image, store: path.join(folder(), 'store') });
  open.push(driver);
  return driver.shows(/efficiency [\d.]+ %/);
}

test('its content is that of before, as a page, as a difference to nothing, on this machine and by its digest', async () => {
  const driver = await demo(`${DEMO}@8`);
  await driver.press('/');
  await driver.type('aws');
  await driver.press('Enter');
  expect(driver.selected()).toContain('aws');
  await driver.press('Enter');
  await driver.shows('/root/.deploy/aws as it was before layer 8 removed it');
  await driver.shows('[default]');
  await driver.press('q', 'd');
  await driver.shows(/layer 8: removed/);
  await driver.shows(/^ -\[default\]/m);
  await driver.press('q', 'e', 'C-u');
  await driver.shows('extract what was removed to');
  const target = path.join(folder(), 'aws');
  await driver.type(target);
  await driver.press('Enter');
  await driver.shows('extracted 1 file');
  expect(readFileSync(target, 'utf8')).toMatch(/^\[default\]/);
  expect(statSync(target).mode & 0o077).toBe(0);
  await driver.press('Y');
  await driver.shows('copied the digest of the content');
});

test('what is added is a difference to nothing; a directory says that the change is in it', async () => {
  const driver = await demo(`${DEMO}@6`);
  await driver.press('/');
  await driver.type('aws');
  await driver.press('Enter', 'd');
  await driver.shows(/layer 6: added/);
  await driver.shows(/^ \+\[default\]/m);
  await driver.press('q', 'Esc', 'Esc', 'g', 'm', ']', ']', 'm', 'd');
  await driver.shows('the directory itself is the same');
});

test('a jump that finds nothing here says which layers have some', async () => {
  const driver = await demo(DEMO);
  await driver.press('x');
  await driver.shows('no removed file among these files: layers 3, 7, 8 removed some');
  await driver.press('[', 'i');
  await driver.shows('no anomaly among these files: layer 12 brought some');
});
