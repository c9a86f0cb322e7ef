import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import Fsck from '../../src/commands/fsck.js';
import Layers from '../../src/commands/layers.js';
import { CONTROL, linesOf, useFolder, validJson, withoutColour } from '../helpers/look.js';
import { runCommand } from '../helpers/run-command.js';
import { filesIn, fillStore } from '../helpers/stored-images.js';

const folder = useFolder();
const fsck = (...argv: string[]) => runCommand(Fsck, argv);

interface Report {
  readonly store: string;
  readonly refs: number;
  readonly blobs: number;
  readonly bytes: number;
  readonly derived: number;
  readonly full: boolean;
  readonly damaged: boolean;
  readonly findings: readonly {
    readonly code: string;
    readonly severity: string;
    readonly repaired: boolean;
    readonly path: string;
    readonly meaning: string;
  }[];
}

async function json(status: number, ...argv: string[]): Promise<Report> {
  const ended = await fsck(...argv, '--json');
  expect([argv, ended.status, ended.stderr]).toEqual([argv, status, '']);
  return validJson('fsck.json', ended) as Report;
}
const codes = ({ findings }: Report): string[] => findings.map(({ code }) => code);

let stores = 0;
beforeAll(async () => {
  const good = path.join(folder(), 'good');
  await fillStore(good);
  chmodSync(good, 0o700);
  vi.stubEnv('STRATA_STORE', good);
  // What skopeo wrote becomes the store's own.
  expect((await fsck('--repair')).status).toBe(0);
});

/** A store of two images that skopeo copied into it, for this test alone. */
function newStore(): string {
  const store = path.join(folder(), `store-${String(stores++)}`);
  cpSync(path.join(folder(), 'good'), store, { recursive: true, preserveTimestamps: true });
  chmodSync(store, 0o700);
  vi.stubEnv('STRATA_STORE', store);
  return store;
}

/** The blobs of a store, largest first. */
function blobsOf(store: string): string[] {
  const size = (file: string): number => statSync(file).size;
  return [...filesIn(path.join(store, 'blobs')).keys()]
    .map((name) => path.join(store, 'blobs', name))
    .sort((a, b) => size(b) - size(a));
}

function flipByte(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] ^= 0x20;
  writeFileSync(file, bytes);
}

describe('a sound store', () => {
  test('is ok, with what is in it counted, and nothing is changed', async () => {
    const store = newStore();
    const before = filesIn(store);
    const { status, stdout, stderr } = await fsck('--bytes');
    const bytes = blobsOf(store).reduce((sum, file) => sum + statSync(file).size, 0);
    expect([status, stderr, stdout]).toEqual([
      0,
      '',
      `ok: ${store}: 2 references, 19 blobs of ${String(bytes)} (large ones by size only), 0 derived files, 0 containers\n`,
    ]);
    expect(await json(0, '--full')).toEqual({
      ...{
        schemaVersion: 1,
        store,
        refs: 2,
        blobs: 19,
        bytes,
        derived: 0,
        containers: 0,
        full: true,
        damaged: false,
      },
      findings: [],
    });
    expect(filesIn(store)).toEqual(before);
  });

  test('one that is not there is empty and is not made; a directory of something else is refused with 1', async () => {
    const none = path.join(folder(), 'none');
    vi.stubEnv('STRATA_STORE', none);
    for (const flags of [[], ['--full'], ['--repair']])
      expect(await json(0, ...flags)).toMatchObject({ refs: 0, blobs: 0, damaged: false, findings: [] });
    expect(() => statSync(none)).toThrow('ENOENT');
    mkdirSync(none);
    writeFileSync(path.join(none, 'letter.txt'), 'Dear');
    const { status, stdout, stderr } = await fsck('--repair');
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^E_STORE: .*'letter\.txt'.*\nhint: /);
    expect([...filesIn(none).keys()]).toEqual(['letter.txt']);
  });

  test('derived data is counted; damage of it is a warning that a repair removes', async () => {
    const store = newStore();
    expect((await runCommand(Layers, ['store:small:1', '-q'])).status).toBe(0);
    const sound = await json(0);
    expect(sound.derived).toBeGreaterThan(3);
    const index = [...filesIn(store).keys()].find((name) => name.startsWith('cache/index-')) ?? '';
    flipByte(path.join(store, index), 20);
    const found = await json(0, '--full');
    expect(found.findings).toMatchObject([
      { code: 'derived-damaged', severity: 'warning', repaired: false, path: path.join(store, index) },
    ]);
    expect((await json(0, '--full', '--repair')).findings).toMatchObject([{ repaired: true }]);
    expect((await json(0, '--full')).findings).toEqual([]);
  });
});

describe('a damaged store ends with 3', () => {
  test('a flipped bit in a layer: found by --full, put aside by --repair, and never a byte is deleted', async () => {
    const store = newStore();
    const [layer] = blobsOf(store);
    flipByte(layer, 1000);
    const damaged = readFileSync(layer);
    const { status, stdout } = await fsck('--full');
    expect(status).toBe(3);
    const lines = linesOf(stdout);
    expect(lines[0]).toBe('SEVERITY  CODE         REPAIRED  WHERE');
    expect(lines[1].startsWith(`error     blob-digest  no        ${layer}: `)).toBe(true);
    expect(lines.at(-1)).toMatch(
      /^damaged: 1 error: .*: 2 references, 19 blobs of \S+ MB, 0 derived files, 0 containers$/,
    );
    expect(readFileSync(layer).equals(damaged)).toBe(true);

    // Its image still lacks the layer, which a repair cannot bring back.
    const repaired = await json(3, '--full', '--repair');
    expect(repaired.findings).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ code: 'blob-digest', repaired: true }),
        expect.objectContaining({ code: 'blob-missing', repaired: false }),
      ]),
    );
    const aside = [...filesIn(path.join(store, 'quarantine')).keys()];
    expect(aside).toHaveLength(1);
    expect(readFileSync(path.join(store, 'quarantine', aside[0])).equals(damaged)).toBe(true);

    // Storing the image again mends it.
    await fillStore(store);
    const mended = codes(await json(0, '--full', '--repair'));
    expect(mended).toContain('quarantined');
    expect(mended).not.toContain('blob-missing');
    expect((await runCommand(Layers, ['store:harbour', '-q'])).status).toBe(0);
  });

  test('a missing blob names who needs it; the other image can still be read', async () => {
    const store = newStore();
    const [layer] = blobsOf(store);
    rmSync(layer);
    const { status, stdout } = await fsck();
    expect(status).toBe(3);
    expect(stdout).toMatch(/^error +blob-missing +no +.*; needed by harbour$/m);
    expect(codes(await json(3))).toEqual(['blob-missing']);
    expect((await runCommand(Layers, ['store:small:1', '-q'])).status).toBe(0);
  });

  test('a damaged index.json and oci-layout: told, restored, and the images are there again', async () => {
    for (const [name, code] of [
      ['index.json', 'index-damaged'],
      ['oci-layout', 'layout-damaged'],
    ]) {
      const store = newStore();
      writeFileSync(path.join(store, name), '{');
      expect(codes(await json(3))).toContain(code);
      expect((await json(0, '--repair')).findings).toEqual(
        expect.arrayContaining([expect.objectContaining({ code, repaired: true })]),
      );
      expect(await json(0)).toMatchObject({ refs: 2, damaged: false });
      for (const image of ['small:1', 'harbour'])
        expect((await runCommand(Layers, [`store:${image}`, '-q'])).status).toBe(0);
    }
  });
});

describe('what is printed', () => {
  test('strange names in the store are escaped, exact in JSON, and left alone', async () => {
    const store = newStore();
    const stray = path.join(store, 'blobs/sha256/\x1b[2J\nE_INTERNAL');
    writeFileSync(stray, 'x');
    for (const flags of [[], ['--full', '--repair'], ['--color=always']]) {
      const { status, stdout } = await runCommand(Fsck, flags, { tty: 120 });
      expect(status).toBe(0);
      expect(withoutColour(stdout)).not.toMatch(CONTROL);
      expect(stdout).toContain('\\x1b[2J\\nE_INTERNAL');
    }
    expect((await json(0)).findings).toMatchObject([{ code: 'stray-file', severity: 'note', path: stray }]);
    expect(readFileSync(stray, 'utf8')).toBe('x');
  });

  test('wrong usage ends with 2', async () => {
    for (const argv of [['store'], ['--bogus'], ['--full=no']])
      expect([argv, (await fsck(...argv)).status]).toEqual([argv, 2]);
  });
});
