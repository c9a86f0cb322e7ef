import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { image, layer } from '../../fixtures/image.js';
import { file, hardlink } from '../../fixtures/tar.js';
import { simpleLayout, writeFolder } from '../../fixtures/write.js';
import Waste from '../../src/commands/waste.js';
import { hostileImage } from '../helpers/hostile-image.js';
import { CONTROL, DEMO, linesOf, useFolder, validJson, withoutColour } from '../helpers/look.js';
import { FIXTURES, runCommand } from '../helpers/run-command.js';

const folder = useFolder();

/** An image without wasted bytes that has a cache, and a copy of which a hard link still shows the old version. */
async function cachedImage(at: string): Promise<string> {
  const content = 'x'.repeat(1000);
  const made = image({
    steps: [
      { createdBy: 'COPY . /', layer: await layer([file('a', content), hardlink('b', 'a')]) },
      { createdBy: 'RUN chmod 755 /a', layer: await layer([file('a', content, { mode: 0o755 })]) },
      { createdBy: 'RUN npm ci', layer: await layer([file('root/.npm/_cacache/x', 'y'.repeat(1000))]) },
    ],
  });
  const folderOf = path.join(at, 'cached');
  writeFolder(folderOf, simpleLayout(made, 'cached'));
  return folderOf;
}

const waste = (...argv: string[]) => runCommand(Waste, argv);

interface ClassJson {
  readonly class: string;
  readonly bytes: number;
  readonly entries: number;
}

interface CauseJson {
  readonly cause: string;
  readonly bytes: number;
  readonly layer: number;
  readonly originLayer: number;
  readonly otherLayer: number | null;
  readonly cache: string | null;
  readonly copy: string | null;
  readonly fix: string;
  readonly paths: readonly { readonly path: string; readonly bytes: number }[];
}

interface WasteJson {
  readonly snapshot: number;
  readonly totals: Readonly<Record<'bytes' | 'contentBytes' | 'wastedBytes' | 'efficiency', number>>;
  readonly classes: readonly ClassJson[];
  readonly layers: readonly {
    readonly layer: number;
    readonly bytes: number;
    readonly classes: readonly ClassJson[];
  }[];
  readonly causesFound: number;
  readonly causes: readonly CauseJson[];
  readonly dive?: Readonly<Record<string, unknown>>;
}

async function json(...argv: string[]): Promise<WasteJson> {
  const ended = await waste(...argv, '--json');
  expect([argv, ended.status]).toEqual([argv, 0]);
  return validJson('waste.json', ended) as WasteJson;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
const sumOf = (classes: readonly ClassJson[]): number => sum(classes.map(({ bytes }) => bytes));

describe('the JSON', () => {
  test.each([
    DEMO,
    `${DEMO}@5`,
    `oci:${path.join(FIXTURES, 'oci-130-layers')}`,
    `rootfs:${path.join(FIXTURES, 'rootfs.tar')}`,
  ])('of %s: the classes sum to the plain bytes of all layers exactly, per layer too', async (one) => {
    const { totals, classes, layers } = await json(one);
    expect(sumOf(classes)).toBe(totals.bytes);
    expect(sum(layers.map(({ bytes }) => bytes))).toBe(totals.bytes);
    for (const layer of layers) expect(sumOf(layer.classes)).toBe(layer.bytes);
  });

  test('of the demo: the causes are those of its story, largest first, with the fix for each', async () => {
    const { causes, causesFound, totals } = await json(DEMO);
    expect(causes).toHaveLength(causesFound);
    expect(causes.map(({ bytes }) => bytes)).toEqual(causes.map(({ bytes }) => bytes).sort((a, b) => b - a));
    const told = causes.map(
      ({ cause, originLayer, layer, otherLayer }) =>
        `${cause} ${String(originLayer)} ${String(layer)} ${String(otherLayer)}`,
    );
    expect(told).toEqual(
      expect.arrayContaining([
        'chmod-copy 5 5 9',
        'chown-copy 5 9 10',
        'chmod-copy 7 7 9',
        'deleted-later 2 2 3',
        'deleted-later 6 6 8',
      ]),
    );
    const fix = (start: string): string => causes[told.findIndex((one) => one === start)].fix;
    expect(fix('chmod-copy 5 5 9')).toContain('COPY --chmod=');
    expect(fix('chown-copy 5 9 10')).toContain('COPY --chown=notes:notes in layer 5');
    expect(fix('chmod-copy 7 7 9')).toContain('RUN of layer 7');
    expect(fix('deleted-later 6 6 8')).toContain('multi-stage build');
    expect(causes.find(({ cache }) => cache === 'apt')?.fix).toContain('--mount=type=cache');
    const wasted = causes.filter(({ cause }) => cause !== 'duplicate' && cause !== 'package-cache');
    expect(sum(wasted.map(({ bytes }) => bytes))).toBe(totals.wastedBytes);
  });

  test('--most takes the largest, and says how many there are', async () => {
    const all = await json(DEMO);
    const two = await json(DEMO, '--most', '2');
    expect(two.causes).toEqual(all.causes.slice(0, 2));
    expect(two.causesFound).toBe(all.causesFound);
  });

  test("--dive-compat: dive's three numbers and ours", async () => {
    expect((await json(DEMO)).dive).toBeUndefined();
    const { dive, totals } = await json(DEMO, '--dive-compat');
    expect(Object.keys(dive ?? {})).toEqual([
      'efficiency',
      'wastedBytes',
      'userWastedPercent',
      'flaws',
      'ours',
    ]);
    expect(dive?.ours).toMatchObject({ efficiency: totals.efficiency, wastedBytes: totals.wastedBytes });
  });

  test('a snapshot counts its own layers only: what a later one deletes is live there', async () => {
    const { layers, snapshot, totals } = await json(`${DEMO}@1`);
    expect([snapshot, layers.length, totals.wastedBytes, totals.efficiency]).toEqual([1, 1, 0, 1]);
  });
});

describe('the text', () => {
  test('answers on a screen of 80 columns: how much, why, by which instruction, what to do', async () => {
    const { status, stdout, stderr } = await runCommand(Waste, [DEMO, '--color', 'never'], { tty: 80 });
    expect(status).toBe(0);
    const lines = linesOf(stdout);
    expect(lines.length).toBeLessThan(28);
    for (const line of lines) expect([line, line.length <= 80]).toEqual([line, true]);
    expect(lines[0]).toMatch(/^1\.19 MB wasted: 32\.\d % of .* efficiency 67\.\d %$/);
    expect(stdout).toMatch(/chmod-copy +15 files +\/app/);
    expect(stdout).toContain('layer 5 COPY . /app -> layer 9 RUN chmod -R g+w /app');
    expect(stdout).toContain('Fix: COPY --chown=notes:notes in layer 5, and no chown in layer 10');
    expect(lines.at(-1)).toMatch(/^and \d+ more causes, .*: --most \d+$/);
    expect(stderr).toContain('strata verify');
  });

  test('says so when nothing is wasted', async () => {
    const { stdout } = await waste(`${DEMO}@1`);
    expect(linesOf(stdout)[0]).toMatch(/^Nothing is wasted: .* efficiency 100 %$/);
  });

  test('does not say so above causes: what could be saved comes first', async () => {
    const cached = await cachedImage(folder());
    const { stdout } = await runCommand(Waste, [cached, '--color', 'never'], { tty: 80 });
    const lines = linesOf(stdout);
    expect(lines[0]).toBe('Nothing is hidden, but 2.00 kB could be saved: 3.00 kB content, efficiency 100 %');
    expect(lines[0].length).toBeLessThanOrEqual(80);
    expect(stdout).toContain('package-cache (npm)');
    expect(stdout).toContain('duplicate (chmod-copy)');
    const { causes } = await json(cached);
    expect(causes.map(({ copy }) => copy).sort()).toEqual(['chmod-copy', null]);
  });

  test('--layers, --bytes and --dive-compat add what they promise', async () => {
    const { layers } = await json(DEMO);
    const { stdout } = await waste(DEMO, '--layers', '--bytes', '--dive-compat', '--most', '0');
    for (const { layer, bytes } of layers)
      expect(stdout).toMatch(new RegExp(`^ *${String(layer)} +${String(bytes)} `, 'm'));
    for (const word of ['efficiency', 'wastedBytes', 'userWastedPercent', 'DIVE 0.13.1'])
      expect(stdout).toContain(word);
    expect(stdout).not.toContain('Fix:');
  });

  test('escapes what comes from the image, on a terminal and off', async () => {
    const hostile = await hostileImage(folder());
    for (const tty of [undefined, 100]) {
      const { status, stdout } = await runCommand(
        Waste,
        [hostile, '--layers', '--most', '99'],
        tty === undefined ? {} : { tty },
      );
      expect(status).toBe(0);
      expect(withoutColour(stdout)).not.toMatch(CONTROL);
    }
  });
});

test('the schema names every class and cause there is', async () => {
  const { WASTE_CAUSES, WASTE_CLASSES } = await import('../../src/layers/waste/waste.js');
  const schema = readFileSync(path.resolve(import.meta.dirname, '../../docs/schema/waste.json'), 'utf8');
  for (const name of [...WASTE_CAUSES, ...WASTE_CLASSES]) expect(schema).toContain(`"${name}"`);
});
