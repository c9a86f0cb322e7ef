import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { type Explorer, startExplorer } from '../helpers/explorer.js';
import { DEMO, useFolder } from '../helpers/look.js';

const folder = useFolder();
const open: Explorer[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function beside(image = `${DEMO}@5`, other = DEMO, size = {}): Promise<Explorer> {
  const driver = await startExplorer({ image, other, store: path.join(folder(), 'store'), ...size });
  open.push(driver);
  await driver.shows('Files after layer');
  await driver.shows(/efficiency [\d.]+ %/);
  await driver.press('=');
  return driver.shows(/(larger|smaller|same size)/);
}

describe('two images', () => {
  test('the files show how they differ, the header which is which, both stacks which layers are shared', async () => {
    const driver = await beside();
    expect(driver.lines()[0]).toMatch(/A harbour-notes:2.4@5 +→ +B harbour-notes:2.4@12 +.* larger/);
    await driver.shows('Differences A@5 → B@12');
    await driver.shows(/ A harbour-notes:2.4@5/);
    await driver.shows(/▸B harbour-notes:2.4@12/);
    expect(driver.text().match(/^= *\d+ /gm)?.length).toBe(22);
    await driver.press('*');
    await driver.shows(/│\+ .*chart\.png/);
    await driver.shows(/│~ .*releases\//);
    await driver.press('x');
    expect(driver.selected()).toMatch(/^- /);
  });

  test('both sides move in time: Tab to a stack, or z', async () => {
    const driver = await beside();
    await driver.press('[');
    await driver.shows('Differences A@5 → B@11');
    await driver.press('z', '[');
    await driver.shows('Differences A@4 → B@11');
    await driver.press('Tab', 'Tab', 'Tab', 'g');
    expect(driver.lines().some((line) => line.startsWith('▌▸B'))).toBe(true);
    await driver.shows('Differences A@4 → B@1');
    await driver.press('S-Tab', 'g');
    await driver.shows('the files are the same');
  }, 20_000);

  test('what is of one image only is not begun for the other one', async () => {
    const driver = await beside();
    await driver.press('s');
    await driver.shows('shells are of the first image');
    await driver.press('b');
    await driver.shows('bisect searches one image');
  });

  test('Enter views the file of the side, d what differs between the two, H both lives', async () => {
    const driver = await beside();
    await driver.press('2', '/');
    await driver.type('config.json');
    await driver.press('Enter', 'Enter');
    await driver.shows('/app/config.json after B@12');
    const second = driver.text();
    await driver.press('q', 'z', 'Enter');
    await driver.shows('/app/config.json after A@5');
    expect(driver.text()).not.toBe(second);
    await driver.press(']', ']', ']', ']');
    await driver.shows('/app/config.json after A@9');
    await driver.press('[', '[', '[', '[', 'q', 'd');
    await driver.shows(/^ - .*\n \+ /m);
    await driver.press('q', 'H');
    await driver.shows(/A@5 +\+ added/);
    await driver.shows(/B@5 +\+ added/);
    expect(driver.text()).not.toContain('layer 13');
  });

  test('= leaves it and comes back, with the path under the cursor; 2 shows what is the same', async () => {
    const driver = await beside();
    await driver.press('/');
    await driver.type('config.json kind:file');
    await driver.press('Enter');
    expect(driver.selected()).toContain('config.json');
    await driver.press('Esc', '=');
    await driver.shows('Files after layer 5');
    expect(driver.selected()).toContain('config.json');
    expect(driver.text()).toMatch(/efficiency/);
    await driver.press('=', '2');
    await driver.shows('Files A@5 → B@12');
    await driver.shows(/│ .*bin → usr\/bin/);
    await driver.press('1');
    expect(driver.text()).not.toMatch(/│.*bin → usr\/bin/);
  });

  test('clicks and the wheel reach the second stack; what is of one image says so', async () => {
    const driver = await beside();
    const row = driver.lines().findIndex((line) => line.includes('▸B'));
    await driver.click(6, row + 2);
    await driver.shows(/→ B@2/);
    await driver.press('m');
    await driver.shows('marks are of one image');
    await driver.press('S-Tab', 'Tab', 'Tab', 'w');
    await driver.shows('known of one image only');
    await driver.resize(60, 14);
    await driver.shows('→ B@2');
  });

  test('an image that cannot be read leaves the first alone', async () => {
    const driver = await startExplorer({
      image: DEMO,
      other: DEMO,
      store: path.join(folder(), 'store'),
      otherFails: new Error('the second one is broken'),
    });
    open.push(driver);
    await driver.shows(/efficiency [\d.]+ %/);
    await driver.press('=');
    await driver.shows('the second one is broken');
    await driver.shows('Files after layer 12');
  });

  test('reading it goes on below a page; Esc stops it, = begins anew, and who leaves does not wait for it', async () => {
    let stopped = 0;
    const driver = await startExplorer({
      image: DEMO,
      other: DEMO,
      store: path.join(folder(), 'store'),
      otherHeld: () => (stopped += 1),
    });
    open.push(driver);
    await driver.shows(/efficiency [\d.]+ %/);
    await driver.press('=');
    await driver.shows('reading the second image');
    await driver.press('W', 'q');
    await driver.shows('reading the second image');
    await driver.press('Esc');
    await driver.shows('the second image is not read on');
    expect(stopped).toBe(1);
    await driver.shows('Files after layer 12');
    await driver.press('=');
    await driver.shows('reading the second image');
    await driver.press('C-c');
    await driver.ended;
    expect(stopped).toBe(2);
  });
});
