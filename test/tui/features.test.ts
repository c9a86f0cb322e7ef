import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { findConfig } from '../../src/commands/explore/config.js';
import { indexLayerFacts } from '../helpers/loaded.js';
import { createKeymap } from '../../src/tui/keys/keymap.js';
import { frameOf } from '../../src/tui/rows/frame.js';
import { reduce } from '../../src/tui/state/reduce.js';
import { type Explorer, type ExplorerOptions, startExplorer } from '../helpers/explorer.js';
import { layerOf } from '../helpers/layers.js';
import { DEMO, useFolder } from '../helpers/look.js';
import { tarOf } from '../helpers/tar-layer.js';
import { needTool, tool } from '../helpers/tool.js';

const folder = useFolder();
let image: string;
const open: Explorer[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});
beforeAll(async () => {
  needTool('zip');
  const inner = tarOf([
    { name: 'etc/inner.conf', content: 'x'.repeat(1234) },
    { name: 'etc/link', type: 'symlink', link: 'inner.conf' },
  ]);
  writeFileSync(path.join(folder(), 'readme.txt'), 'zipped\n');
  await tool('zip', ['-qj', path.join(folder(), 'a.zip'), path.join(folder(), 'readme.txt')]);
  image = path.join(folder(), 'features.tar');
  writeFileSync(
    image,
    tarOf([
      { name: 'a.tar', content: inner },
      { name: 'b.tar.gz', content: gzipSync(inner) },
      { name: 'c.zip', content: readFileSync(path.join(folder(), 'a.zip')) },
      { name: 'd.gz', content: gzipSync('only one content') },
      { name: 'e.elf', content: readFileSync('/bin/true') },
      { name: 'f.bin', content: Buffer.from([0, 1, 2, 0xff, 0xfe, 0x41]) },
      { name: 'g.txt', content: 'one\ntwo\n' },
      { name: 'h', type: 'symlink', link: 'g.txt' },
      { name: 'i', type: 'fifo' },
      { name: 'su', content: 'x', mode: 0o4755 },
      { name: 'sg', content: 'x', mode: 0o2755 },
    ]),
  );
});

async function started(options: Partial<ExplorerOptions> = {}): Promise<Explorer> {
  const driver = await startExplorer({
    image: `rootfs:${image}`,
    store: path.join(folder(), 'store'),
    ...options,
  });
  open.push(driver);
  return driver.shows(/efficiency +[\d.]+ %/);
}

async function view(driver: Explorer, name: string): Promise<void> {
  await driver.press('/', 'C-u');
  await driver.type(name);
  await driver.press('Enter', 'Enter');
  await driver.shows(`/${name} after`);
}

describe('what a file is made of', () => {
  test('archives as listings, other contents in hexadecimal or as text; v changes the form', async () => {
    const driver = await started();
    await view(driver, 'a.tar');
    await driver.shows(/tar +2 members/);
    await driver.shows(/-rw-r--r-- +0:0 +1.23 kB +etc\/inner\.conf/);
    await driver.shows('etc/link → inner.conf');
    await driver.press('v');
    await driver.shows(/00000000 +65 74 63 2f/);
    await driver.press('v');
    await driver.shows(/1 +etc\/inner\.conf\\x00/);
    await driver.press('v');
    await driver.shows(/tar +2 members/);
    await driver.press('q');
    await view(driver, 'b.tar.gz');
    await driver.shows(/tar\.gz +2 members/);
    await driver.press('q');
    await view(driver, 'c.zip');
    await driver.shows(/zip +1 member/);
    await driver.shows('readme.txt');
    await driver.press('q');
    await view(driver, 'd.gz');
    await driver.shows(/gzip +1 member/);
    await driver.press('q');
    await view(driver, 'f.bin');
    await driver.shows(/00000000 +00 01 02 ff fe 41/);
  });

  test('ELF files by sections and symbols; a link by what it leads to; what has no content says so', async () => {
    const driver = await started();
    await view(driver, 'e.elf');
    await driver.shows(/ELF 64-bit/);
    await driver.shows(/\d+ sections/);
    await driver.shows(/0x[0-9a-f]+ +\.text/);
    await driver.press('q', 'Esc', '/');
    await driver.type('kind:link');
    await driver.press('Enter', 'Enter');
    await driver.shows('it leads to /g.txt');
    expect(driver.selected()).toContain('g.txt');
    await driver.press('/', 'C-u');
    await driver.type('kind:fifo');
    await driver.press('Enter', 'Enter');
    await driver.shows('it has no content');
  });
});

describe('jumps', () => {
  test('to setuid and setgid and back, round the end; to what is odd', async () => {
    const driver = await started();
    await driver.press('o', 'g', 'n');
    expect(driver.selected()).toMatch(/sg$/);
    await driver.press('n');
    expect(driver.selected()).toMatch(/su$/);
    await driver.press('N');
    expect(driver.selected()).toMatch(/sg$/);
    await driver.press('N');
    await driver.shows('from the last one again');
    expect(driver.selected()).toMatch(/su$/);
    await driver.press('w');
    await driver.shows('no wasted file among these files');
    await driver.press('i');
    await driver.shows(/no anomaly among these files|anomaly +\w/);
  });

  test('to removed and changed, next and previous', async () => {
    const driver = await started({ image: `${DEMO}@8` });
    await driver.press('x');
    expect(driver.selected()).toMatch(/^-/);
    // The jump to what is in it opens a directory.
    const first = driver.selected().replace('▸', '▾');
    await driver.press('x', 'X');
    expect(driver.selected()).toBe(first);
    await driver.press('g', '.');
    const change = driver.selected().replace('▸', '▾');
    expect(change).toMatch(/^[+~-]/);
    await driver.press('.', ',');
    expect(driver.selected()).toBe(change);
    await driver.press('I');
    await driver.shows(/anomaly/);
  });
});

describe('while layers load', () => {
  test('the first screen is from the manifest: layers, sizes, instructions; keys work and one may leave', async () => {
    const driver = await startExplorer({
      image: DEMO,
      store: path.join(folder(), 'store-2'),
      held: true,
    });
    open.push(driver);
    await driver.shows('reading the first layer');
    await driver.shows(/ 2 █+.*RUN apt-get update/);
    await driver.press('[', 'S-Tab', 'k');
    expect(driver.selected('layers')).toMatch(/^10 /);
    await driver.press('W');
    await driver.shows('waste: layers are still being read');
    await driver.press('w', '=', 'Tab', 'w');
    await driver.press('?');
    await driver.shows('Keys');
    await driver.press('q', 'q');
    await driver.ended;
  });

  test('what was read so far is shown, the cursor stays when more comes', () => {
    const layers = [
      layerOf([{ name: 'a/one', content: 'x' }]),
      layerOf([{ name: 'b/two', content: 'yy' }]),
      layerOf([{ name: 'c/three', content: 'zzz' }]),
    ];
    const { start, loaded } = indexLayerFacts(layers);
    let { state } = reduce(start, { type: 'loading', loading: { done: 50, total: 100 } });
    state = reduce(state, { type: 'loaded', loaded: loaded(2) }).state;
    const text = (): string =>
      frameOf(state)
        .rows.map((row) => row.map((part) => part.text).join(''))
        .join('\n');
    expect(text()).toContain('reading 50 %, 2 of 3 layers');
    expect(text()).toContain('b/');
    expect(text()).not.toContain('c/');
    state = reduce(state, { type: 'key', chord: '*' }).state;
    state = reduce(state, { type: 'key', chord: 'G' }).state;
    const before = state.cursor;
    state = reduce(state, { type: 'loading', loading: undefined }).state;
    state = reduce(state, { type: 'loaded', loaded: loaded(3) }).state;
    expect(state.cursor).toBe(before);
    expect(text()).toContain('c/');
    expect(text()).not.toContain('of 3 layers');
  });
});

describe('without colour', () => {
  test('every mark and the cursor are there in mono', async () => {
    const driver = await started({ image: `${DEMO}@8`, start: { theme: 'mono' } });
    await driver.press('x');
    await driver.shows(/│- /);
    await driver.press('[', '[', '[', 'm', '*', '.');
    await driver.shows(/^A +5 /m);
    await driver.shows(/│[+~]/);
    await driver.shows(/│.! /);
    expect(driver.output()).not.toMatch(/38;5;\d+[;m]|48;5;\d+[;m]/);
    expect(driver.looks('inverse')).toHaveLength(1);
  });
});

describe('configuration', () => {
  test('a file that is no YAML is refused with its name; an unknown value is told', async () => {
    const home = folder();
    writeFileSync(path.join(home, '.dive.yaml'), 'keybinding: [\n');
    await expect(findConfig({ HOME: home, XDG_CONFIG_DIRS: '' }, true)).rejects.toMatchObject({
      code: 'E_USAGE',
      message: expect.stringContaining('.dive.yaml') as string,
    });
    writeFileSync(path.join(home, '.dive.yaml'), 'keybinding:\n  quit: hyper+q\n');
    const { config } = await findConfig({ HOME: home, XDG_CONFIG_DIRS: '' }, true);
    expect(config.profile).toBe('dive');
    expect(config.problems).toEqual(['no terminal has the key hyper+q']);
  });

  test("every key of dive's file has an action of this explorer", async () => {
    const names = 'quit toggle-view filter-files close-filter-files up down left right page-up page-down';
    const views =
      'compare-all compare-layer toggle-collapse-dir toggle-collapse-all-dir toggle-added-files toggle-removed-files';
    const files =
      'toggle-modified-files toggle-unmodified-files toggle-filetree-attributes toggle-sort-order extract-file';
    const all = `${names} ${views} ${files}`.split(' ');
    const home = folder();
    const keys = all.map((name, i) => `  ${name}: ctrl+${'abdefghklnopqrstuvwxy'[i]}`).join('\n');
    writeFileSync(path.join(home, '.dive.yaml'), `keybinding:\n${keys}\n`);
    const { config } = await findConfig({ HOME: home, XDG_CONFIG_DIRS: '' }, true);
    expect(config.problems).toEqual([]);
    expect(config.keys.size).toBe(all.length);
    const keymap = createKeymap('dive', config.keys);
    expect(keymap.find('layers', 'C-p')?.action).toBe('compare-layer');
    expect(keymap.find('files', 'C-y')?.action).toBe('extract');
  });
});
