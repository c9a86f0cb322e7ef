import {
  chmodSync,
  cpSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import Fsck from '../../src/commands/fsck.js';
import Layers from '../../src/commands/layers.js';
import Prune from '../../src/commands/prune.js';
import { linesOf, useFolder, validJson } from '../helpers/look.js';
import { runCommand } from '../helpers/run-command.js';
import { filesIn, fillStore, STORED } from '../helpers/stored-images.js';
import { tool } from '../helpers/tool.js';

const folder = useFolder();
const prune = (...argv: string[]) => runCommand(Prune, argv);
const DAY = 24 * 3600;

interface Tally {
  readonly files: number;
  readonly bytes: number;
}

const KINDS = [
  'blobs',
  'stopped',
  'unfinished',
  'run',
  'plain',
  'unpacked',
  'derived',
  'oldVersions',
  'leftovers',
  'states',
] as const;

interface Report extends Record<(typeof KINDS)[number], Tally> {
  readonly store: string;
  readonly bytes: number;
  readonly youngBlobs: Tally;
  readonly blobsKept: string | null;
  readonly dryRun: boolean;
}

async function json(...argv: string[]): Promise<Report> {
  const ended = await prune(...argv, '--json');
  expect([argv, ended.status]).toEqual([argv, 0]);
  const report = validJson('prune.json', ended) as Report;
  expect(report.bytes).toBe(KINDS.reduce((sum, kind) => sum + report[kind].bytes, 0));
  return report;
}

let stores = 0;
beforeAll(async () => {
  const good = path.join(folder(), 'good');
  await fillStore(good);
  vi.stubEnv('STRATA_STORE', good);
  expect((await runCommand(Fsck, ['--repair'])).status).toBe(0);
  for (const [, , name] of STORED) expect((await runCommand(Layers, [`store:${name}`, '-q'])).status).toBe(0);
});

/** A store of images that skopeo copied into it and that were looked at, all of it two days old, for this test alone. */
function newStore(): string {
  const store = path.join(folder(), `store-${String(stores++)}`);
  cpSync(path.join(folder(), 'good'), store, { recursive: true });
  chmodSync(store, 0o700);
  age(store, '', 2 * DAY);
  vi.stubEnv('STRATA_STORE', store);
  return store;
}

/** Makes the files of a store whose path begins so that old. */
function age(store: string, prefix: string, seconds: number): void {
  const time = Date.now() / 1000 - seconds;
  for (const name of filesIn(store).keys())
    if (name.startsWith(prefix)) utimesSync(path.join(store, name), time, time);
}

const userData = (store: string): [string, string][] =>
  [...filesIn(store)].filter(([name]) => name.startsWith('blobs/') || name === 'index.json');
const derivedOf = (store: string): string[] =>
  [...filesIn(path.join(store, 'cache')).keys()].filter((name) => /^\w+-v\d+\//.test(name));

/** Every image can be read from its first byte to its last and is what its digests say; skopeo finds so too. */
async function expectAllThere(store: string): Promise<void> {
  for (const [, , name] of STORED) {
    expect([name, (await runCommand(Layers, [`store:${name}`, '-q'])).status]).toEqual([name, 0]);
    const copy = path.join(folder(), 'copy');
    await tool('skopeo', ['--insecure-policy', 'copy', '-q', `oci:${store}:${name}`, `dir:${copy}`]);
    rmSync(copy, { recursive: true });
  }
  expect((await runCommand(Fsck, ['--full', '-q'])).status).toBe(0);
  expect(userData(store).length).toBeGreaterThan(19);
}

describe('nothing that a user stored is lost', () => {
  test.each([
    [[]],
    [['--all']],
    [['--older-than', '0s']],
    [['--max-bytes', '0']],
    [['--all', '--older-than', '1m', '--max-bytes', '0']],
  ])('strata prune %j', async (flags) => {
    const store = newStore();
    const before = userData(store);
    const report = await json(...flags);
    expect(report.blobs).toEqual({ files: 0, bytes: 0 });
    expect(userData(store)).toEqual(before);
    expect(derivedOf(store).length).toBe(flags.length === 0 ? derivedCount : 0);
    await expectAllThere(store);
  });

  let derivedCount = 0;
  beforeAll(() => {
    derivedCount = derivedOf(path.join(folder(), 'good')).length;
    expect(derivedCount).toBeGreaterThan(20);
  });

  test('a store that was never looked at by strata, as skopeo left it', async () => {
    const store = path.join(folder(), 'foreign');
    await fillStore(store);
    age(store, '', 40 * DAY);
    vi.stubEnv('STRATA_STORE', store);
    const before = userData(store);
    expect((await json('--all')).bytes).toBe(0);
    expect(userData(store)).toEqual(before);
    await expectAllThere(store);
  });

  test('an image that skopeo removed goes, once its blobs are a day old; the other stays', async () => {
    const store = newStore();
    const index = path.join(store, 'index.json');
    const parsed = JSON.parse(readFileSync(index, 'utf8')) as {
      manifests: { annotations: Record<string, string> }[];
    };
    const manifests = parsed.manifests.filter(
      ({ annotations }) => annotations['org.opencontainers.image.ref.name'] !== 'harbour',
    );
    writeFileSync(index, JSON.stringify({ ...parsed, manifests }));
    age(store, 'blobs/', DAY / 2);
    expect((await json()).blobs.files).toBe(0);
    age(store, 'blobs/', 2 * DAY);
    // The demo has 14 blobs: 12 layers, configuration, manifest; the small image 5.
    expect((await json()).blobs.files).toBe(14);
    expect(userData(store)).toHaveLength(6);
    expect((await runCommand(Layers, ['store:small:1', '-q'])).status).toBe(0);
    expect((await runCommand(Layers, ['store:harbour', '-q'])).status).toBe(4);
  });

  test('while an image lacks something no blob goes, and stderr says why', async () => {
    const store = newStore();
    writeFileSync(path.join(store, 'blobs/sha256', 'a'.repeat(64)), 'nobody needs it');
    const manifest = [...filesIn(path.join(store, 'blobs/sha256'))].find(([name]) =>
      readFileSync(path.join(store, 'blobs/sha256', name)).includes('"schemaVersion"'),
    );
    writeFileSync(path.join(store, 'blobs/sha256', manifest?.[0] ?? ''), '{}');
    age(store, 'blobs/', 2 * DAY);
    const before = userData(store);
    const { status, stderr } = await prune('--all');
    expect(status).toBe(0);
    expect(stderr).toMatch(/no blobs were removed: .*strata fsck/);
    expect((await json('--all')).blobsKept).toContain('strata fsck');
    expect(userData(store)).toEqual(before);
  });
});

describe('what goes', () => {
  test('--blobs-older-than says how old a blob must be that no image needs; stderr says what stays', async () => {
    const store = newStore();
    const orphan = path.join(store, 'blobs/sha256', 'a'.repeat(64));
    writeFileSync(orphan, 'nobody needs it');
    const before = userData(store);
    const kept = await prune();
    expect(kept.stderr).toMatch(/1 blob of 15 B that no image needs stay.*--blobs-older-than 0s/);
    expect((await json('--all')).youngBlobs).toEqual({ files: 1, bytes: 15 });
    expect((await json('--blobs-older-than', '1h')).blobs.files).toBe(0);
    expect(userData(store)).toEqual(before);
    const report = await json('--blobs-older-than', '0s');
    expect(report).toMatchObject({ blobs: { files: 1, bytes: 15 }, youngBlobs: { files: 0 } });
    expect(userData(store)).toHaveLength(before.length - 1);
    await expectAllThere(store);
    expect((await prune('--blobs-older-than', 'soon')).status).toBe(2);
  });

  test('--dry-run says so and removes nothing; then exactly that goes', async () => {
    const store = newStore();
    age(store, 'cache/index-', 31 * DAY);
    const before = filesIn(store);
    const dry = await json('--dry-run');
    expect(dry).toMatchObject({ dryRun: true, store, blobsKept: null });
    expect(dry.derived.files).toBe(
      [...before.keys()].filter((name) => name.startsWith('cache/index-')).length,
    );
    const said = linesOf((await prune('-n', '--bytes')).stdout);
    expect(filesIn(store)).toEqual(before);
    expect(said[0]).toBe('WOULD REMOVE                    COUNT   SIZE');
    const row = said.find((line) => line.startsWith('indexes and other'));
    expect(row?.split(/ {2,}/)).toEqual([
      'indexes and other derived data',
      String(dry.derived.files),
      String(dry.derived.bytes),
    ]);
    expect(said.at(-1)).toBe(`would free ${String(dry.bytes)}`);

    const { status, stdout, stderr } = await prune('--bytes');
    expect([status, stderr, linesOf(stdout).at(-1)]).toEqual([0, '', `freed ${String(dry.bytes)}`]);
    expect(linesOf(stdout)[0]).toMatch(/^REMOVED +COUNT +SIZE$/);
    const gone = [...before.keys()].filter((name) => !filesIn(store).has(name));
    expect(gone.length).toBe(dry.derived.files);
    expect(gone.every((name) => name.startsWith('cache/index-'))).toBe(true);
    expect((await json()).bytes).toBe(0);
  });

  test('--older-than and --max-bytes take times and sizes in units', async () => {
    const store = newStore();
    const all = derivedOf(store).length;
    expect((await json('-n', '--older-than', '3d')).derived.files).toBe(0);
    expect((await json('-n', '--older-than', '36h')).derived.files).toBe(all);
    expect((await json('-n', '--max-bytes', '1GB')).derived.files).toBe(0);
    const sum = derivedOf(store).reduce(
      (bytes, name) => bytes + statSync(path.join(store, 'cache', name)).size,
      0,
    );
    const report = await json('--max-bytes', '10KiB');
    expect(sum - report.derived.bytes).toBeLessThanOrEqual(10 * 1024);
    expect(derivedOf(store).length).toBe(all - report.derived.files);
    await expectAllThere(store);
  });
});

describe('other stores and usage', () => {
  test('one that is not there: nothing is removed and nothing made; a directory of something else: 1', async () => {
    const none = path.join(folder(), 'none');
    vi.stubEnv('STRATA_STORE', none);
    expect((await json('--all')).bytes).toBe(0);
    expect(() => statSync(none)).toThrow('ENOENT');
    mkdirSync(path.join(none, 'cache/index-v0/aa'), { recursive: true });
    writeFileSync(path.join(none, 'letter.txt'), 'Dear');
    writeFileSync(path.join(none, 'cache/index-v0/aa/old'), 'index');
    const { status, stderr } = await prune('--all');
    expect(status).toBe(1);
    expect(stderr).toMatch(/^E_STORE: /);
    expect([...filesIn(none).keys()]).toEqual(['cache/index-v0/aa/old', 'letter.txt']);
  });

  test('a damaged index.json ends with 3, and nothing goes but what can be made again', async () => {
    const store = newStore();
    writeFileSync(path.join(store, 'index.json'), '{');
    const before = userData(store);
    const { status, stderr } = await prune('--all');
    expect(status).toBe(3);
    expect(stderr).toMatch(/^E_STORE_DAMAGED: .*\nhint: /m);
    expect(userData(store)).toEqual(before);
  });

  test('wrong usage ends with 2 and removes nothing', async () => {
    const store = newStore();
    const before = filesIn(store);
    for (const argv of [
      ['--older-than', 'x'],
      ['--older-than', '-1d'],
      ['--older-than'],
      ['--max-bytes', '-5'],
      ['--max-bytes', 'all'],
      ['--bogus'],
      ['store'],
    ])
      expect([argv, (await prune(...argv)).status]).toEqual([argv, 2]);
    expect(filesIn(store)).toEqual(before);
  });
});
