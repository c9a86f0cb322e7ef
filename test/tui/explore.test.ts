import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { createKeymap } from '../../src/tui/keys/keymap.js';
import { type Explorer, type ExplorerOptions, startExplorer } from '../helpers/explorer.js';
import { manyLayers } from '../helpers/shell-images.js';
import { DEMO, useFolder } from '../helpers/look.js';

const folder = useFolder();
const open: Explorer[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function demo(options: Partial<ExplorerOptions> = {}): Promise<Explorer> {
  const driver = await startExplorer({ image: DEMO, store: path.join(folder(), 'store'), ...options });
  open.push(driver);
  await driver.shows('Files after layer');
  return options.columns === undefined || options.columns >= 70
    ? driver.shows(/efficiency [\d.]+ %/)
    : driver;
}

describe('the panes', () => {
  test('layers with size, waste and instruction; files with mode, owner, size; details; image; keys', async () => {
    const driver = await demo();
    expect(driver.lines()[0]).toContain('harbour-notes:2.4');
    await driver.shows(/ 2 █\s+337 kB !deleted +RUN apt-get update/);
    await driver.shows(/drwxr-xr-x 0:0 +1\.99 MB +▸ usr\//);
    await driver.shows(/lrwxrwxrwx 0:0 +- +bin → usr\/bin/);
    await driver.shows(/path +\/usr/);
    await driver.shows(/wasted +1\.19 MB of 3\.61 MB/);
    await driver.shows(/425 kB chmod-copy/);
    expect(driver.lines().at(-1)).toMatch(/\? help.*q quit/);
  });

  test('Tab goes round the panes; details are of the layer unless files have the focus', async () => {
    const driver = await demo();
    await driver.press('Tab');
    await driver.shows(/made by +COPY/);
    await driver.press('S-Tab', 'S-Tab');
    await driver.shows('▌Layers');
    await driver.shows(/changes +\+\d+ ~\d+ -\d+/);
    await driver.shows(/diff id +sha256:/);
    await driver.press('Enter');
    await driver.shows('▌Files');
  });
});

describe('time', () => {
  test('moving in the layers moves the files, the sizes and the details', async () => {
    const driver = await demo();
    await driver.press('[', '[', '[', '[');
    await driver.shows('Files after layer 8');
    expect(driver.selected('layers')).toContain('RUN rm -rf /root/.');
    await driver.shows(/Files after layer 8 .*-\d/);
    await driver.press('S-Tab', 'k', 'k');
    await driver.shows('Files after layer 6');
    await driver.press('g');
    await driver.shows('Files after layer 1');
    await driver.press('G');
    await driver.shows('Files after layer 12');
  });

  test('1 shows what the layer changed, 2 all files; removed files are there with a mark', async () => {
    const driver = await demo();
    await driver.press('[', '[', '[', '[', '1');
    await driver.shows('Changes of layer 8');
    await driver.press('*');
    await driver.shows(/^.*│- .*\.deploy/m);
    expect(driver.text()).not.toMatch(/│.*▸ usr\//);
    await driver.press('2', '-');
    await driver.shows(/│.*▸ usr\//);
  });

  test('a folded directory says that something in it changed, and what', async () => {
    const driver = await demo();
    await driver.press(...Array.from({ length: 9 }, () => '['));
    await driver.shows('Files after layer 3');
    await driver.shows(/inside +~\d+ -\d+, [\d.]+ k?B removed/);
    const many = await startExplorer({ image: manyLayers(folder(), 5), store: path.join(folder(), 'store') });
    open.push(many);
    await many.shows(/│· .*▸ etc\//);
  });

  test('two marks compare what is between them; Esc ends it', async () => {
    const driver = await demo();
    await driver.press('m', '[', '[', '[', 'm');
    await driver.shows('Files 9..12');
    await driver.shows(/A +9 /);
    await driver.shows(/B 12 /);
    await driver.press('Esc');
    await driver.shows('Files after layer 9');
  });

  test('an open file follows', async () => {
    const driver = await demo();
    await driver.press('/');
    await driver.type('config.json');
    await driver.press('Enter', 'Enter');
    await driver.shows('/app/config.json after layer 12');
    const now = driver.text();
    await driver.press('[', '[', '[', '[', '[', '[', '[');
    await driver.shows('/app/config.json after layer 5');
    expect(driver.text()).not.toBe(now);
    await driver.press('[');
    await driver.shows('not a file in the snapshot after layer 4');
    await driver.press(']');
    await driver.shows(/ 1 +\{/);
  });
});

describe('the tree', () => {
  test('folds, unfolds, goes up and down; sizes are of everything below, largest first', async () => {
    const driver = await demo();
    expect(driver.selected()).toMatch(/usr\/$/);
    await driver.press('j', 'l');
    await driver.shows('▾ app/');
    await driver.press('l');
    expect(driver.selected()).toMatch(/releases\/$/);
    await driver.press('h');
    expect(driver.selected()).toMatch(/app\/$/);
    await driver.press('h');
    await driver.shows('▸ app/');
    await driver.press('*', 'G');
    expect(driver.text()).toMatch(/by size (\d+)\/\1/);
    await driver.press('-', 'o', 'g');
    await driver.shows('by name');
    expect(driver.selected()).toMatch(/app\/$/);
  });

  test('hides what is added, changed, removed or unchanged', async () => {
    const driver = await demo();
    await driver.press('u');
    await driver.shows('unchanged files are hidden');
    expect(driver.text()).not.toContain('usr/');
    await driver.press('a');
    expect(driver.text()).not.toContain('uploads/');
    await driver.press('a', 'c', 'u');
    await driver.shows('unchanged files are shown');
    await driver.shows(/ no ~ \+28 by size/);
  });

  test('attributes can be put away', async () => {
    const driver = await demo();
    await driver.press('B');
    expect(driver.text()).not.toContain('drwxr-xr-x 0:0');
    await driver.press('B');
    await driver.shows('drwxr-xr-x 0:0');
  });

  test('a click goes to a row, the second one opens it; the wheel scrolls', async () => {
    const driver = await demo();
    await driver.click(80, 3);
    expect(driver.selected()).toMatch(/app\/$/);
    await driver.click(80, 3);
    await driver.shows('▾ app/');
    const at = driver.lines()[3].indexOf('▾');
    await driver.click(5, 4);
    await driver.shows('Files after layer 3');
    // The handle of a directory folds it at once, wherever the focus is.
    await driver.click(at, 3);
    await driver.shows('▾ var/');
    await driver.click(at, 3);
    await driver.shows('▸ var/');
    await driver.press('*');
    const first = driver.lines()[2];
    await driver.wheel(80, 10, true);
    expect(driver.lines()[2]).not.toBe(first);
  });
});

describe('finding', () => {
  test('the filter narrows as one types, counts, and clears', async () => {
    const driver = await demo();
    await driver.press('/');
    await driver.type('cfgjson');
    await driver.shows('config.json');
    await driver.shows(/\d+ found/);
    expect(driver.text()).not.toContain('boot/');
    await driver.press('Enter');
    expect(driver.lines().at(-1)).toContain('/cfgjson');
    await driver.press('Esc');
    await driver.shows('boot/');
  });

  test('sizes, kinds and bits', async () => {
    const driver = await demo();
    await driver.press('/');
    await driver.type('size:>100k kind:file');
    await driver.shows(/-rw\S+ +\S+ +\d+ kB/);
    await driver.press('Esc', '/');
    await driver.type('kind:nonsense');
    await driver.shows('not understood');
  });

  test('jumps to what is wasted, changed, setuid', async () => {
    const driver = await demo();
    await driver.press('w');
    expect(driver.selected()).toMatch(/^[+~-]? ?! /);
    await driver.shows(/ wasted +\S+ k?B of layer \d+: (copied|replaced|removed) by layer \d+/);
    await driver.press('.');
    expect(driver.selected()).toMatch(/^[+~-]/);
    await driver.press('x');
    await driver.shows('no removed file among these files');
    await driver.press('[', '[', '[', '[', 'x');
    expect(driver.selected()).toMatch(/^-/);
  });
});

describe('a file', () => {
  const find = async (name: string): Promise<Explorer> => {
    const driver = await demo();
    await driver.press('/');
    await driver.type(name);
    return driver.press('Enter');
  };

  test('is shown as text with numbers and searched, in hexadecimal, and closed', async () => {
    const driver = await find('config.json');
    await driver.press('Enter');
    await driver.shows(/ 1 +\{/);
    await driver.press('/');
    await driver.type('port');
    await driver.press('Enter');
    await driver.press('v');
    await driver.shows(/00000000 +7b/);
    await driver.press('q');
    await driver.shows('▌Files');
  });

  test('has a history and a difference', async () => {
    const driver = await find('config.json');
    await driver.press('H');
    await driver.shows('History of /app/config.json');
    await driver.shows(/layer 5 +\+ added/);
    await driver.shows(/metadata-copy|overwritten/);
    await driver.press('q', 'd');
    await driver.shows('Difference of /app/config.json');
    await driver.shows(/layer \d+: /);
  });

  test('is extracted to where one says', async () => {
    const driver = await find('config.json');
    const target = path.join(folder(), 'taken.json');
    await driver.press('e', 'C-u');
    await driver.type(target);
    await driver.press('C-k', 'Enter');
    await driver.shows('extracted 1 file');
    expect(existsSync(target)).toBe(true);
    expect(JSON.parse(readFileSync(target, 'utf8'))).toBeTypeOf('object');
  });

  test('gives its path and its digest to the clipboard', async () => {
    const driver = await find('config.json');
    await driver.press('y');
    await driver.shows('copied the path /app/config.json');
    expect(driver.output()).toContain(`\x1b]52;c;${Buffer.from('/app/config.json').toString('base64')}\x07`);
    await driver.press('Y');
    await driver.shows('copied the digest of the content sha256:');
  });
});

describe('a second image', () => {
  test('is asked for where there is none', async () => {
    const driver = await demo();
    await driver.press('=');
    await driver.shows('strata explore A B');
  });
});

describe('manners', () => {
  test('? shows the keys of the pane, from the table', async () => {
    const driver = await demo();
    await driver.press('?');
    for (const { chords, help } of createKeymap()
      .rows.filter(({ context }) => context === 'files')
      .slice(0, 20))
      expect([chords.join(' '), driver.text()]).toEqual([expect.anything(), expect.stringContaining(help)]);
    await driver.press('Esc');
    await driver.shows('▌Files');
  });

  test('a resize keeps the path under the cursor, down to 40x12', async () => {
    const driver = await demo();
    await driver.press('/');
    await driver.type('busybox kind:file');
    await driver.press('Enter');
    const name = 'busybox';
    expect(driver.selected()).toContain(name);
    await driver.resize(80, 24);
    expect(driver.selected()).toContain(name);
    await driver.resize(40, 12);
    await driver.shows(name);
    await driver.press('Tab');
    await driver.shows('Layer');
    await driver.resize(10, 3);
    await driver.resize(120, 40);
    await driver.press('S-Tab');
    expect(driver.selected()).toContain(name);
  });

  test('W tells where bytes are wasted and what to do', async () => {
    const driver = await demo();
    await driver.press('W');
    await driver.shows(/Efficiency \d+\.\d+ %/);
    await driver.shows(/chmod-copy +layer 5, with layer 9/);
  });

  test('what runs containers says so where there is nothing to run them with', async () => {
    const driver = await demo();
    await driver.press('s');
    await driver.shows('there is nothing here to run containers with');
  });

  test('themes go round; mono uses no colour', async () => {
    const driver = await demo({ start: { theme: 'mono' } });
    expect(driver.output()).not.toMatch(/38;5;\d+[;m]/);
    await driver.press('t');
    await driver.shows('theme: dark');
    expect(driver.output()).toMatch(/38;5;\d+[;m]/);
  });

  test("dive's keys are a profile: Ctrl+U hides what did not change, Ctrl+Space folds all", async () => {
    const driver = await demo({ start: { keymap: createKeymap('dive') } });
    await driver.shows('▌Layers');
    await driver.press('Tab', 'C-u');
    await driver.shows('unchanged files are hidden');
    await driver.press('C-u', 'C-b');
    expect(driver.text()).not.toContain('drwxr-xr-x 0:0');
  });

  test('without UTF-8 only ASCII goes out', async () => {
    const driver = await demo({ utf8: false });
    expect(driver.output()).not.toMatch(/[^\x00-\x7f]/);
    expect(driver.text()).toContain('+ usr/');
  });

  test('q ends it and gives the terminal back', async () => {
    const driver = await demo();
    await driver.press('q');
    await driver.ended;
    expect(driver.output()).toMatch(/\x1b\[\?1049l/);
    expect(driver.output().lastIndexOf('\x1b[?25h')).toBeGreaterThan(
      driver.output().lastIndexOf('\x1b[?25l'),
    );
    expect(driver.output()).toContain('\x1b[?1006l');
  });
});
