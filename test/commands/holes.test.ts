import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import Cat from '../../src/commands/cat.js';
import Export from '../../src/commands/export.js';
import Extract from '../../src/commands/extract.js';
import Find from '../../src/commands/find.js';
import Grep from '../../src/commands/grep.js';
import Ls from '../../src/commands/ls.js';
import { DEMO, useFolder } from '../helpers/look.js';
import { FIXTURES, runCommand } from '../helpers/run-command.js';
import { hex, LayoutBuilder, sha256, tar } from '../images/build.js';

const folder = useFolder();
const to = (name: string): string => path.join(folder(), 'out', name);
const LOST = /layer 2 is missing: what it changes is not shown\n/;
let image = '';

beforeAll(() => {
  // The second layer removes the secret and changes the file; its blob was lost.
  const layers = [
    tar([
      ['secret', 'secret'],
      ['etc/cfg', 'v1'],
    ]),
    tar([
      ['.wh.secret', ''],
      ['etc/cfg', 'v2'],
    ]),
    tar([['new', 'three']]),
  ];
  const builder = new LayoutBuilder();
  const layout = builder.add(builder.image(layers)).write(path.join(folder(), 'layout'));
  rmSync(path.join(layout, 'blobs/sha256', hex(sha256(layers[1]))));
  image = `oci:${layout}`;
});
beforeEach(() => {
  rmSync(to(''), { recursive: true, force: true });
  mkdirSync(to(''));
});

describe('an image with a layer that is not here', () => {
  test('is not written out as if it were whole', async () => {
    const refused = [
      4,
      '',
      expect.stringMatching(/^E_LAYER_UNAVAILABLE: .* layer 2 is missing.*\nhint: --despite/m),
    ];
    for (const [command, ...argv] of [
      [Export, image, '-o', to('x.tar')],
      [Export, image],
      [Extract, image, '/', '-o', to('x')],
      [Extract, image, '/etc', '-o', to('x')],
      [Extract, image, '/etc/cfg', '-o', to('x')],
    ] as const) {
      const { status, stdout, stderr } = await runCommand(command, argv);
      expect([status, stdout, stderr]).toEqual(refused);
      expect(readdirSync(to(''))).toEqual([]);
    }
  });

  test('is written as far as it is known when asked, and where the hole is below', async () => {
    for (const [command, ...argv] of [
      [Export, image, '-o', to('despite.tar'), '--despite-errors'],
      [Export, `${image}@1`, '-o', to('below.tar')],
      [Extract, image, '/', '-o', to('despite'), '--despite-errors'],
      [Extract, `${image}@1`, '/etc', '-o', to('below')],
      [Extract, image, '/new', '-o', to('above')],
    ] as const)
      expect((await runCommand(command, argv)).status).toBe(0);
    expect(readFileSync(to('above'), 'utf8')).toBe('three');
  });

  test('is looked at with a word about it', async () => {
    for (const [command, ...argv] of [
      [Cat, image, '/etc/cfg'],
      [Ls, image, '/'],
      [Find, image, '--name', 'cfg'],
      [Grep, image, 'v1'],
    ] as const) {
      const { status, stderr } = await runCommand(command, argv);
      expect([status, stderr]).toEqual([0, expect.stringMatching(LOST)]);
    }
  });
});

test('export leaves nothing behind when the image cannot be opened or read', async () => {
  for (const source of [`oci:${FIXTURES}/damaged/broken-tar`, 'no-such-image', `${DEMO}@99`]) {
    const ended = await runCommand(Export, [source, '-o', to('x.tar')]);
    expect([source, ended.status === 0, readdirSync(to(''))]).toEqual([source, false, []]);
    expect(ended.stderr).toMatch(/^E_/m);
  }
});
