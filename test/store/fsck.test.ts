import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { rememberBlob } from '../../src/store/blob-facts.js';
import { blobSize, putBlob } from '../../src/store/blob.js';
import { DERIVED_VERSIONS } from '../../src/store/derived.js';
import { fsck } from '../../src/store/fsck.js';
import { neededBlobs } from '../../src/store/needed.js';
import { ownerTag, thisOwner } from '../../src/store/owner.js';
import { readRefs } from '../../src/store/refs.js';
import { keepUnpacked, pinUnpacked, unpackedInUse } from '../../src/store/unpacked-layers.js';
import { DEEDS } from './deeds.js';
import { sampleImage } from './sample-image.js';
import { damage, filesBelow, noise, openAt, scratch, sha256, storedDigests } from './scratch.js';

/** Where indexes of layers are below the cache. */
const INDEX = `index-v${String(DERIVED_VERSIONS.index)}`;

// Each test starts many processes; a busy machine takes its time.
vi.setConfig({ testTimeout: 300_000 });

const directory = scratch();
const good = path.join(directory, 'good');
let copies = 0;

beforeAll(async () => {
  const store = await openAt(good);
  for (const name of ['a', 'b', 'c']) await DEEDS.image(store, name);
  await DEEDS.derive(store, 'a');
  await rememberBlob(store, sha256(noise(1)), { plainSize: 1 });
});

function copy(): string {
  const target = path.join(directory, `copy-${copies++}`);
  cpSync(good, target, { recursive: true, preserveTimestamps: true });
  // Not every Node gives a copied directory the mode of its source.
  chmodSync(target, 0o700);
  return target;
}

async function codes(at: string, full = false): Promise<string[]> {
  const report = await fsck(await openAt(at, { damaged: true }), { full });
  return report.findings.map((finding) => finding.code);
}

const repair = async (at: string): ReturnType<typeof fsck> =>
  fsck(await openAt(at, { damaged: true }), { full: true, repair: true });

test('a good store has no findings, and counts are right', async () => {
  const report = await fsck(await openAt(good), { full: true });
  expect(report).toMatchObject({ findings: [], refs: 3, blobs: 12, derived: 2, full: true, damaged: false });
  expect(report.bytes).toBe(
    filesBelow(path.join(good, 'blobs')).reduce((sum, file) => sum + statSync(file).size, 0),
  );
});

test('bit rot: one flipped bit in any file of the store is found, and a repair and a new store of the image mend it', async () => {
  const names = filesBelow(good).map((file) => path.relative(good, file));
  expect(names.length).toBeGreaterThan(18);
  for (const [at, name] of names.entries()) {
    const store = copy();
    const file = path.join(store, name);
    const bytes = readFileSync(file);
    // Another bit of another byte in each file.
    const position = (at * 7919) % bytes.length;
    bytes[position] ^= 1 << (at % 8);
    rmSync(file);
    writeFileSync(file, bytes);
    const found = await damage(store);
    expect(found, `bit ${at % 8} of byte ${position} of ${name}`).not.toEqual([]);
    expect(
      found.some((finding) => finding.path === file),
      `the finding names ${name}`,
    ).toBe(true);
    const blobsBefore = filesBelow(store).length;
    await repair(store);
    if (!name.startsWith('cache')) expect(filesBelow(store).length).toBeGreaterThanOrEqual(blobsBefore);
    for (const image of ['a', 'b', 'c']) await DEEDS.image(await openAt(store), image);
    expect(await damage(store), `after the repair of ${name}`).toEqual([]);
    rmSync(store, { recursive: true });
  }
});

describe('what is no regular file', () => {
  const KINDS: readonly (readonly [kind: string, make: (file: string) => void])[] = [
    ['a device or pipe', (file) => execFileSync('mkfifo', [file])],
    ['a symbolic link', (file) => symlinkSync('/dev/zero', file)],
    ['a symbolic link', (file) => symlinkSync('nowhere', file)],
    [
      'a directory',
      (file) => {
        mkdirSync(file);
        writeFileSync(path.join(file, 'inside'), 'kept');
      },
    ],
  ];

  test('in the place of any file of the store it is found without waiting for it, and a repair and a new store of the image mend it', async () => {
    const names = filesBelow(good).map((file) => path.relative(good, file));
    for (const [kind, make] of KINDS)
      for (const name of names) {
        const store = copy();
        const file = path.join(store, name);
        rmSync(file);
        make(file);
        const about = `${kind} as ${name}`;
        const found = await damage(store);
        expect(found.find((finding) => finding.path === file)?.detail, about).toContain(
          `it is ${kind}, not a regular file`,
        );
        const { findings } = await repair(store);
        expect(findings.find((finding) => finding.path === file)?.repaired, about).toBe(true);
        const aside = filesBelow(path.join(store, 'quarantine')).map((one) => path.basename(one));
        expect(aside.filter((one) => one === 'inside').length, about).toBe(
          kind === 'a directory' && !name.startsWith('cache') ? 1 : 0,
        );
        for (const image of ['a', 'b', 'c']) await DEEDS.image(await openAt(store), image);
        await DEEDS.derive(await openAt(store), 'a');
        expect(await damage(store), about).toEqual([]);
        rmSync(store, { recursive: true });
      }
  });

  test('everything else says so at once, and names the repair', async () => {
    for (const [kind, make] of KINDS) {
      for (const name of ['oci-layout', 'index.json']) {
        const store = copy();
        rmSync(path.join(store, name));
        make(path.join(store, name));
        await expect(
          openAt(store).then((opened) => readRefs(opened)),
          `${kind} as ${name}`,
        ).rejects.toMatchObject({
          code: 'E_STORE_DAMAGED',
          message: expect.stringContaining(`it is ${kind}, not a regular file`) as string,
          hint: expect.stringContaining('fsck --repair') as string,
        });
      }
      const store = copy();
      const digest = sha256(sampleImage('a').blobs[3]);
      const file = path.join(store, 'blobs', digest.replace(':', '/'));
      rmSync(file);
      make(file);
      expect(await blobSize(await openAt(store), digest)).toBeUndefined();
      const stored = putBlob(await openAt(store), [sampleImage('a').blobs[3]]);
      await (kind === 'a directory'
        ? expect(stored).rejects.toMatchObject({
            code: 'E_STORE_DAMAGED',
            hint: expect.stringContaining('fsck --repair') as string,
          })
        : expect(stored).resolves.toMatchObject({ digest }));
    }
  });

  test('of containers and unpacked layers, too', async () => {
    for (const [kind, make] of KINDS) {
      const at = copy();
      const store = await openAt(at);
      const folder = path.join(at, 'containers', 'c'.repeat(64));
      mkdirSync(path.join(folder, 'layers'), { recursive: true });
      for (const name of ['container.json', 'maker']) make(path.join(folder, name));
      const name = `${'d'.repeat(64)}-0`;
      await keepUnpacked(store, name, { fill: () => Promise.resolve(undefined), sync: undefined });
      const state = path.join(at, 'unpacked', name, 'state.json');
      rmSync(state);
      make(state);
      const report = await repair(at);
      expect(
        report.findings.map(({ code, repaired }) => [code, repaired]),
        kind,
      ).toEqual(
        expect.arrayContaining([
          ['container-damaged', true],
          ['derived-damaged', true],
        ]),
      );
    }
  });

  test('as the list of what a container unpacked, any layer may be one of them', async () => {
    for (const [kind, make] of KINDS) {
      const at = copy();
      const store = await openAt(at);
      const folder = path.join(at, 'containers', 'c'.repeat(64), 'layers');
      mkdirSync(folder, { recursive: true });
      make(path.join(folder, 'unpacked'));
      const name = `${'d'.repeat(64)}-0`;
      await keepUnpacked(store, name, { fill: () => Promise.resolve(undefined), sync: undefined });
      expect(await unpackedInUse(store), kind).toEqual(new Set([name]));
      await repair(at);
    }
  });

  test('an oci-layout that was put aside needs no blobs', async () => {
    const store = copy();
    rmSync(path.join(store, 'oci-layout'));
    mkdirSync(path.join(store, 'oci-layout'));
    await repair(store);
    expect((await neededBlobs(await openAt(store))).uncertain).toBeUndefined();
  });
});

test('every bit of index.json and oci-layout counts', async () => {
  const store = copy();
  for (const name of ['oci-layout', 'index.json']) {
    const file = path.join(store, name);
    const bytes = readFileSync(file);
    for (let bit = 0; bit < bytes.length * 8; bit += 37) {
      bytes[bit >> 3] ^= 1 << (bit & 7);
      writeFileSync(file, bytes);
      expect(await codes(store), `bit ${bit} of ${name}`).not.toEqual([]);
      bytes[bit >> 3] ^= 1 << (bit & 7);
    }
    writeFileSync(file, bytes);
  }
  expect(await codes(store)).toEqual([]);
});

describe('damage', () => {
  test('a missing layer names the images that need it', async () => {
    const store = copy();
    const digest = sha256(sampleImage('b').blobs[3]);
    rmSync(path.join(store, 'blobs', digest.replace(':', '/')));
    const [finding, ...rest] = await damage(store);
    expect(rest).toEqual([]);
    expect(finding).toMatchObject({
      code: 'blob-missing',
      severity: 'error',
      path: path.join(store, 'blobs', digest.replace(':', '/')),
    });
    expect(finding.detail).toMatch(/layer .*needed by b$/);
  });

  test('a blob of the wrong length is found without reading it', async () => {
    const store = copy();
    const file = path.join(store, 'blobs', sha256(sampleImage('a').blobs[2]).replace(':', '/'));
    rmSync(file);
    writeFileSync(file, 'short');
    expect(await codes(store)).toContain('blob-size');
  });

  test('a quick run reads documents, a full one everything', async () => {
    const store = copy();
    const { digest } = await putBlob(await openAt(store), [Buffer.alloc(5_000_000)]);
    const file = path.join(store, 'blobs', digest.replace(':', '/'));
    rmSync(file);
    writeFileSync(file, Buffer.alloc(5_000_000, 1));
    expect(await codes(store)).toEqual([]);
    expect(await codes(store, true)).toEqual(['blob-digest']);
  });

  test('repair sets a bad blob aside, byte for byte, and says what still misses it', async () => {
    const store = copy();
    const name = sha256(sampleImage('a').blobs[2]).replace(':', '/');
    const file = path.join(store, 'blobs', name);
    rmSync(file);
    writeFileSync(file, 'bad');
    const report = await repair(store);
    expect(report.findings.map(({ code, repaired }) => [code, repaired])).toEqual([
      ['blob-digest', true],
      ['blob-missing', false],
      ['quarantined', false],
    ]);
    expect(report.damaged).toBe(true);
    const [kept] = filesBelow(path.join(store, 'quarantine'));
    expect(readFileSync(kept, 'utf8')).toBe('bad');
    await DEEDS.image(await openAt(store), 'a');
    expect(await damage(store)).toEqual([]);
  });

  test.each([
    ['torn', (file: string) => writeFileSync(file, readFileSync(file).subarray(0, 50))],
    ['empty', (file: string) => writeFileSync(file, '')],
    ['gone', (file: string) => rmSync(file)],
  ])('an index.json that is %s is restored from its last good state', async (_, harm) => {
    const store = copy();
    harm(path.join(store, 'index.json'));
    expect((await damage(store)).length).toBeGreaterThan(0);
    expect((await repair(store)).damaged).toBe(false);
    expect((await readRefs(await openAt(store))).map((ref) => ref.name)).toEqual(['a', 'b', 'c']);
    expect(await damage(store)).toEqual([]);
  });

  test('of several states the youngest intact one is restored', async () => {
    const store = copy();
    const states = filesBelow(path.join(store, 'refs'));
    expect(states.length).toBe(4);
    const times = states.map((file) => ({
      file,
      names: readFileSync(file, 'utf8').split('ref.name').length,
    }));
    times.sort((a, b) => a.names - b.names);
    for (const [at, { file }] of times.entries()) utimesSync(file, 1000 + at, 1000 + at);
    writeFileSync(times[3].file, 'rotten');
    rmSync(path.join(store, 'index.json'));
    await repair(store);
    expect((await readRefs(await openAt(store))).map((ref) => ref.name)).toEqual(['a', 'b']);
    storedDigests(store);
  });

  test('an oci-layout that is gone is written again', async () => {
    const store = copy();
    rmSync(path.join(store, 'oci-layout'));
    await expect(openAt(store)).rejects.toMatchObject({ code: 'E_STORE_DAMAGED' });
    expect(await codes(store)).toEqual(['layout-damaged']);
    await repair(store);
    expect(await codes(store)).toEqual([]);
  });

  test('derived data in the wrong place is not taken for what its name says', async () => {
    const store = copy();
    const [file] = filesBelow(path.join(store, 'cache', INDEX));
    const other = 'ab'.repeat(32);
    mkdirSync(path.join(store, 'cache', INDEX, 'ab'), { recursive: true });
    renameSync(file, path.join(store, 'cache', INDEX, 'ab', other));
    expect(await codes(store)).toEqual(['derived-damaged']);
    await repair(store);
    expect(await codes(store)).toEqual([]);
  });
});

test('leftovers of killed processes are notes, those of running ones nothing; repair removes the former only', async () => {
  const store = copy();
  const dead = ownerTag({ ...thisOwner(), start: '1' });
  const alive = ownerTag(thisOwner());
  for (const tag of [dead, alive]) {
    writeFileSync(path.join(store, 'tmp', tag), 'half');
    writeFileSync(path.join(store, 'cache/tmp', tag), 'half');
    writeFileSync(path.join(store, 'locks', `test.${tag}`), '');
  }
  expect(await codes(store)).toEqual(['tmp-leftover', 'tmp-leftover', 'lock-stale']);
  await repair(store);
  expect(await codes(store)).toEqual([]);
  const left = filesBelow(store).filter((file) => file.includes(alive));
  expect(left).toHaveLength(3);
  expect(filesBelow(store).filter((file) => file.includes(dead))).toEqual([]);
});

test('strange files are noted and never touched', async () => {
  const store = copy();
  const strange = [
    'letter.txt',
    'blobs/sha256/xyz',
    'blobs/md5',
    'tmp/mine',
    'cache/notes',
    `cache/${INDEX}/zz`,
  ];
  for (const name of strange) {
    if (name.endsWith('zz')) mkdirSync(path.join(store, name));
    writeFileSync(path.join(store, name.endsWith('zz') ? `${name}/file` : name), 'mine');
  }
  const found = await codes(store);
  expect(found).toEqual(found.map(() => 'stray-file'));
  expect(found).toHaveLength(strange.length);
  const before = filesBelow(store);
  await repair(store);
  expect(filesBelow(store)).toEqual(before);
});

test('E_INTERRUPTED when the signal is raised', async () => {
  const signal = AbortSignal.abort();
  await expect(fsck(await openAt(good, { signal }))).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
});

describe('unpacked layers', () => {
  const name = (digit: string): string => `${digit.repeat(64)}-${digit.repeat(64)}`;
  const container = async (at: string, snapshot: object): Promise<void> => {
    const id = 'c'.repeat(64);
    const folder = path.join(at, 'containers', id);
    mkdirSync(path.join(folder, 'layers'), { recursive: true });
    const record = {
      schemaVersion: 1,
      id,
      name: 'box',
      created: '2026-01-01',
      image: {},
      engine: {},
      snapshot,
    };
    writeFileSync(path.join(folder, 'container.json'), JSON.stringify(record));
    const pinned = { layers: [{ present: true }] };
    writeFileSync(path.join(folder, 'image.json'), JSON.stringify('directory' in snapshot ? pinned : {}));
    await pinUnpacked(path.join(folder, 'layers'), 'layers' in snapshot ? (snapshot.layers as string[]) : []);
  };
  const found = async (at: string, repaired = false): Promise<(readonly [string, string])[]> => {
    const report = repaired ? await repair(at) : await fsck(await openAt(at, { damaged: true }));
    return report.findings.map((each) => [each.code, path.relative(at, each.path)] as const);
  };

  test('are known; one that is damaged is told, and removed when no container uses it', async () => {
    const at = copy();
    const store = await openAt(at);
    const fill = (): Promise<unknown> => Promise.resolve([]);
    for (const digit of ['1', '2', '3']) await keepUnpacked(store, name(digit), { fill, sync: undefined });
    await container(at, { kind: 'unpacked', marks: 'trusted', layers: [name('1'), name('2')] });
    expect(await found(at)).toEqual([]);
    for (const digit of ['2', '3'])
      writeFileSync(path.join(at, 'unpacked', name(digit), 'state.json'), '{"sy');
    mkdirSync(path.join(at, 'unpacked', 'other'));
    const damaged = ['2', '3'].map((digit) => ['derived-damaged', `unpacked/${name(digit)}`]);
    const stray = ['stray-file', 'unpacked/other'];
    expect(await found(at, true)).toEqual([...damaged, stray]);
    expect(await found(at)).toEqual([damaged[0], stray]);
  });

  test('a container whose layers or directory are gone is told', async () => {
    const at = copy();
    await container(at, { kind: 'unpacked', marks: 'trusted', layers: [name('1')] });
    expect(await found(at)).toEqual([['container-layer-missing', `unpacked/${name('1')}/tree`]]);
    const directory = path.join(at, 'blobs');
    await container(at, { kind: 'unpacked', marks: 'trusted', layers: [], directory });
    expect(await found(at)).toEqual([]);
    await container(at, { kind: 'unpacked', marks: 'trusted', layers: [], directory: `${directory}/none` });
    expect(await found(at)).toEqual([['container-layer-missing', 'blobs/none']]);
  });
});
