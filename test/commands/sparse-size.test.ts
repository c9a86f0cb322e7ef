import { existsSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import Cat from '../../src/commands/cat.js';
import Export from '../../src/commands/export.js';
import { useFolder } from '../helpers/look.js';
import { runCommand } from '../helpers/run-command.js';
import { sparseTar } from '../helpers/sparse.js';
import { LayoutBuilder } from '../images/build.js';

const TB = 1e12;
const folder = useFolder();
let image = '';

beforeAll(() => {
  const builder = new LayoutBuilder();
  const tar = sparseTar([
    ['huge', TB],
    ['small', 2048],
  ]);
  image = `oci:${builder.add(builder.image([tar])).write(path.join(folder(), 'layout'))}`;
});

const tooMuch = (doing: string): unknown => [
  3,
  '',
  expect.stringMatching(
    new RegExp(
      `^E_LIMIT: ${doing}.* bytes, over the limit of .*\nhint: strata extract keeps holes.*layerBytes=`,
      'm',
    ),
  ),
];

test('export refuses more zeros than any layer may have before it writes the first byte', async () => {
  const out = path.join(folder(), 'out.tar');
  for (const argv of [[image], [image, '/huge'], [image, '-o', out]]) {
    const { status, stdout, stderr } = await runCommand(Export, argv);
    expect([status, stdout, stderr]).toEqual(tooMuch('exporting'));
  }
  expect(existsSync(out)).toBe(false);
  expect((await runCommand(Export, [image, '/small'])).status).toBe(0);
  expect((await runCommand(Export, [image, '/small', '--limit', 'layerBytes=4096'])).status).toBe(0);
});

test('cat refuses them too, but gives the beginning', async () => {
  for (const argv of [
    [image, '/huge'],
    [image, '/small', '/huge'],
  ]) {
    const { status, stdout, stderr } = await runCommand(Cat, argv);
    expect([status, stdout, stderr]).toEqual(tooMuch('printing'));
  }
  const head = await runCommand(Cat, [image, '/huge', '--head', '600']);
  expect([head.status, head.stdout]).toEqual([0, 'x'.repeat(512) + '\0'.repeat(88)]);
  expect((await runCommand(Cat, [image, '/small'])).stdout).toHaveLength(2048);
  expect((await runCommand(Cat, [image, '/huge', '--json'])).status).toBe(0);
});
