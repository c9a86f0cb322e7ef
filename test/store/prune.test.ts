import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Digest } from '../../src/model/digest.js';
import { keepBlob, putBlob } from '../../src/store/blob.js';
import { derivedKey, derivedPath, readDerived, writeDerived } from '../../src/store/derived.js';
import { fsck } from '../../src/store/fsck.js';
import { ownerTag, thisOwner } from '../../src/store/owner.js';
import { prune } from '../../src/store/prune.js';
import { makeRef } from '../../src/store/ref.js';
import { readRefs, updateRefs } from '../../src/store/refs.js';
import { removeRefs } from '../../src/store/remove-refs.js';
import type { Store } from '../../src/store/store.js';
import { keepUnpacked, pinUnpacked } from '../../src/store/unpacked-layers.js';
import { whileWriting } from '../../src/store/writing.js';
import { compileDeeds, run, traced } from './child.js';
import { DEEDS } from './deeds.js';
import { sampleImage } from './sample-image.js';
import { damage, descriptor, filesBelow, noise, openAt, scratch, sha256, storedDigests } from './scratch.js';

const directory = scratch();
let stores = 0;
const newStore = (): Promise<Store> => openAt(path.join(directory, String(stores++)));
const DAY = 24 * 3600;

function age(file: string, seconds: number): void {
  const time = Date.now() / 1000 - seconds;
  utimesSync(file, time, time);
}

async function withImages(...names: readonly string[]): Promise<Store> {
  const store = await newStore();
  for (const name of names) await DEEDS.image(store, name);
  ageBlobs(store, 2 * DAY);
  return store;
}

function ageBlobs(store: Store, seconds: number): void {
  for (const file of filesBelow(path.join(store.paths.root, 'blobs'))) age(file, seconds);
}

test('pruning a store that is not there does nothing and creates nothing', async () => {
  const store = await newStore();
  expect(await prune(store)).toMatchObject({ bytes: 0 });
  expect(existsSync(store.paths.root)).toBe(false);
});

describe('blobs', () => {
  test('only those go that no reference reaches and that are older than a day', async () => {
    const store = await newStore();
    await DEEDS.image(store, 'kept');
    await DEEDS.image(store, 'removed');
    await DEEDS.untag(store, 'removed');
    ageBlobs(store, 2 * DAY);
    const young = await putBlob(store, [noise(100)]);
    const asked = sha256(sampleImage('removed').blobs[2]);
    await keepBlob(store, asked);
    const report = await prune(store);
    const { blobs } = sampleImage('removed');
    expect(report.blobs).toEqual({
      files: 3,
      bytes: blobs.reduce((sum, blob) => sum + blob.length, 0) - 1000,
    });
    expect(storedDigests(store.paths.root).sort()).toEqual(
      [...sampleImage('kept').blobs.map(sha256), young.digest, asked].sort(),
    );
    expect(await damage(store.paths.root)).toEqual([]);
  });

  test('a dry run reports the same and removes nothing', async () => {
    const store = await newStore();
    await DEEDS.image(store, 'removed');
    await DEEDS.untag(store, 'removed');
    await DEEDS.derive(store, 'x');
    writeFileSync(path.join(store.paths.root, 'tmp', ownerTag({ ...thisOwner(), start: '1' })), 'half');
    ageBlobs(store, 2 * DAY);
    const before = filesBelow(store.paths.root);
    const dry = await prune(store, { all: true, dryRun: true });
    expect(filesBelow(store.paths.root)).toEqual(before);
    expect(dry.blobs.files).toBe(4);
    // Opening the layout for the real run sweeps nothing that the report does not count.
    expect(await prune(await openAt(store.paths.root), { all: true })).toEqual({ ...dry, dryRun: false });
  });

  test('what a kept document of an unknown kind mentions is kept too', async () => {
    const store = await newStore();
    const deep = await putBlob(store, [Buffer.from('deep')]);
    const document = Buffer.from(JSON.stringify({ future: { parts: [{ 'content-of': deep.digest }] } }));
    await putBlob(store, [document]);
    writeFileSync(
      path.join(store.paths.root, 'index.json'),
      JSON.stringify({ schemaVersion: 2, manifests: [{ digest: sha256(document), size: document.length }] }),
    );
    ageBlobs(store, 2 * DAY);
    expect((await prune(store)).blobs.files).toBe(0);
    expect(storedDigests(store.paths.root)).toContain(deep.digest);
  });

  test('what something else than a reference needs stays', async () => {
    const store = await newStore();
    const [needed] = [
      await putBlob(store, [Buffer.from('needed')]),
      await putBlob(store, [Buffer.from('not')]),
    ];
    ageBlobs(store, 2 * DAY);
    expect((await prune(store, { needed: new Set([needed.digest]) })).blobs.files).toBe(1);
    expect(storedDigests(store.paths.root)).toEqual([needed.digest]);
  });

  test.each([
    [
      'a manifest is damaged',
      (file: string): void => {
        rmSync(file);
        writeFileSync(file, '{}');
      },
    ],
    ['a manifest is missing', (file: string) => rmSync(file)],
  ])('none goes while %s: what it needs is not known', async (_, harm) => {
    const store = await newStore();
    await DEEDS.image(store, 'a');
    ageBlobs(store, 2 * DAY);
    harm(path.join(store.paths.root, 'blobs', sampleImage('a').manifest.digest.replace(':', '/')));
    const before = filesBelow(path.join(store.paths.root, 'blobs'));
    const report = await prune(store, { all: true, grace: 0 });
    expect(report.blobsKept).toContain('fsck');
    expect(filesBelow(path.join(store.paths.root, 'blobs'))).toEqual(before);
  });

  test('none goes when index.json cannot be read', async () => {
    const store = await newStore();
    await putBlob(store, [Buffer.from('unreferenced')]);
    ageBlobs(store, 2 * DAY);
    writeFileSync(path.join(store.paths.root, 'index.json'), '{');
    await expect(prune(store)).rejects.toMatchObject({ code: 'E_STORE_DAMAGED' });
    expect(storedDigests(store.paths.root)).toHaveLength(1);
  });

  test('a lost index.json is not taken for an empty one: nothing is removed or written before a repair', async () => {
    const { root } = (await withImages('a', 'b')).paths;
    rmSync(path.join(root, 'index.json'));
    const before = filesBelow(root);
    for (const dryRun of [true, false])
      await expect(prune(await openAt(root), { grace: 0, dryRun })).rejects.toMatchObject({
        code: 'E_STORE_DAMAGED',
      });
    await expect(DEEDS.image(await openAt(root), 'c')).rejects.toMatchObject({ code: 'E_STORE_DAMAGED' });
    await expect(readRefs(await openAt(root))).rejects.toMatchObject({ code: 'E_STORE_DAMAGED' });
    expect(filesBelow(root)).toEqual(before);
    rmSync(path.join(root, 'refs'), { recursive: true });
    await expect(DEEDS.put(await openAt(root), 'c')).rejects.toMatchObject({ code: 'E_STORE_DAMAGED' });
    expect(filesBelow(path.join(root, 'blobs'))).toEqual(
      before.filter((file) => file.startsWith(path.join(root, 'blobs'))),
    );
  });

  test('nor one that is lost while a store is open: no name is written', async () => {
    const store = await withImages('a', 'b');
    rmSync(path.join(store.paths.root, 'index.json'));
    const before = filesBelow(store.paths.root);
    await expect(updateRefs(store, (refs) => refs)).rejects.toMatchObject({ code: 'E_STORE_DAMAGED' });
    expect(filesBelow(store.paths.root)).toEqual(before);
  });
});

describe('what a repair put aside', () => {
  const rot = async (store: Store, ...digests: readonly Digest[]): Promise<void> => {
    for (const digest of digests) {
      rmSync(fileOf(store, digest));
      writeFileSync(fileOf(store, digest), 'rotten');
    }
    await fsck(store, { full: true, repair: true });
    ageBlobs(store, 2 * DAY);
  };
  const fileOf = (store: Store, digest: Digest): string =>
    path.join(store.paths.root, 'blobs', digest.replace(':', '/'));

  test('a damaged layer or manifest keeps nothing once its image is removed', async () => {
    const store = await withImages('kept', 'layer', 'manifest');
    await rot(store, sha256(sampleImage('layer').blobs[2]), sampleImage('manifest').manifest.digest);
    await DEEDS.untag(store, 'layer');
    expect((await prune(store)).blobsKept).toMatch(/manifest .* is missing.*fsck.*rmi/);
    await DEEDS.untag(store, 'manifest');
    expect(await prune(store)).toMatchObject({ blobs: { files: 6 }, blobsKept: undefined });
    expect(storedDigests(store.paths.root).sort()).toEqual(sampleImage('kept').blobs.map(sha256).sort());
    expect(filesBelow(path.join(store.paths.root, 'quarantine'))).toHaveLength(2);
  });

  test('a damaged manifest that an index still names keeps what it may need, until it is stored again', async () => {
    const store = await withImages('one', 'two');
    const platforms = ['one', 'two'].map((name) => sampleImage(name).manifest);
    const list = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        manifests: platforms.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
      }),
    );
    await putBlob(store, [list]);
    const root = makeRef('both', descriptor(list, 'application/vnd.oci.image.index.v1+json'));
    await updateRefs(store, () => [root]);
    await rot(store, platforms[1].digest);
    const before = storedDigests(store.paths.root);
    expect((await prune(store)).blobsKept).toMatch(/fsck/);
    expect(storedDigests(store.paths.root)).toEqual(before);
    const [manifest] = sampleImage('two').blobs;
    await putBlob(store, [manifest]);
    expect(await prune(store)).toMatchObject({ blobs: { files: 0 }, blobsKept: undefined });
  });

  test('an index.json or a container keeps all, and is named; a former state of index.json keeps nothing', async () => {
    const store = await withImages('removed');
    await DEEDS.untag(store, 'removed');
    ageBlobs(store, 2 * DAY);
    const aside = path.join(store.paths.root, 'quarantine');
    for (const name of ['index.json.01234567', `containers-${'a'.repeat(64)}.01234567`, 'letter']) {
      mkdirSync(aside);
      writeFileSync(path.join(aside, name), '');
      expect((await prune(store)).blobsKept).toContain(`${name} in ${aside}`);
      rmSync(aside, { recursive: true });
    }
    mkdirSync(aside);
    writeFileSync(path.join(aside, `refs-${'a'.repeat(64)}.json.01234567`), '');
    expect(await prune(store)).toMatchObject({ blobs: { files: 4 }, blobsKept: undefined });
  });

  test('an index.json that was lost keeps all: the one a repair makes may lack names', async () => {
    const { root } = (await withImages('a')).paths;
    for (const name of ['index.json', 'refs']) rmSync(path.join(root, name), { recursive: true });
    const store = await openAt(root, { damaged: true });
    expect((await fsck(store, { repair: true })).damaged).toBe(false);
    expect((await prune(store, { grace: 0 })).blobsKept).toMatch(/index\.json/);
    expect(await damage(root)).toEqual([]);
    await DEEDS.image(store, 'a');
    expect(storedDigests(root)).toHaveLength(4);
  });

  test('images that are removed meanwhile leave their blobs, too', async () => {
    const store = await withImages('removed');
    const aside = path.join(store.paths.root, 'quarantine');
    mkdirSync(aside);
    writeFileSync(path.join(aside, 'index.json.01234567'), '');
    const removed = await removeRefs(store, await readRefs(store), new Set());
    expect(removed).toMatchObject({ deleted: [], kept: expect.stringContaining(aside) as string });
    expect(storedDigests(store.paths.root)).toHaveLength(4);
  });
});

test('a blob that is asked for between the look at its age and its removal stays', async () => {
  const store = await newStore();
  const { digest } = await putBlob(store, [noise(100)]);
  ageBlobs(store, 2 * DAY);
  // The child waits for a second where it has decided to remove the blob.
  const options = ['-o', '/dev/null', '-e', 'trace=rename,unlink', '-e', 'inject=rename:delay_enter=1000000'];
  const program = compileDeeds(path.join(directory, 'js'));
  const child = run('strace', traced([program, store.paths.root, 'prune-a-day'], options));
  const locks = path.join(store.paths.root, 'locks');
  while (filesBelow(locks).length === 0) await sleep(5);
  await sleep(300);
  expect(await keepBlob(store, digest)).toBe(true);
  expect((await child).stdout).toBe('done\n');
  expect(storedDigests(store.paths.root)).toEqual([digest]);
});

test('nothing that came since somebody began to store an image goes, however short the grace', async () => {
  const store = await newStore();
  const before = await putBlob(store, [noise(100)]);
  ageBlobs(store, 60);
  await whileWriting(store, async () => {
    const { digest } = await putBlob(store, [noise(200)]);
    expect(await prune(store, { grace: 0 })).toMatchObject({
      blobs: { files: 1, bytes: before.size },
      youngBlobs: { files: 1, bytes: 200 },
    });
    expect(storedDigests(store.paths.root)).toEqual([digest]);
  });
});

test('a blob that is asked for at the moment in which its image is removed stays', async () => {
  const store = await withImages('a');
  const { digest } = sampleImage('a').manifest;
  // The child waits for a second where it has decided to remove the blob, whichever call it makes.
  const options = ['-o', '/dev/null', '-P', path.join(store.paths.root, 'blobs', digest.replace(':', '/'))];
  const delays = ['rename', 'unlink'].flatMap((call) => ['-e', `inject=${call}:delay_enter=1000000`]);
  const program = compileDeeds(path.join(directory, 'js-rmi'));
  await whileWriting(store, async () => {
    const child = run(
      'strace',
      traced([program, store.paths.root, 'remove'], [...options, '-e', 'trace=rename,unlink', ...delays]),
    );
    while ((await readRefs(store)).length > 0) await sleep(5);
    await sleep(400);
    expect(await keepBlob(store, digest)).toBe(true);
    expect((await child).stdout).toBe('done\n');
  });
  expect(storedDigests(store.paths.root)).toEqual([digest]);
});

describe('derived data', () => {
  const keys = ['a', 'b', 'c'].map((name) => derivedKey(name));

  async function filled(): Promise<Store> {
    const store = await newStore();
    for (const [at, key] of keys.entries()) {
      await writeDerived(store, 'index', key, [Buffer.alloc(976)]);
      age(derivedPath(store, 'index', key), at * 20 * DAY);
    }
    return store;
  }

  const left = async (store: Store): Promise<number[]> => {
    const found = await Promise.all(keys.map((key) => readDerived(store, 'index', key)));
    return found.flatMap((bytes, at) => (bytes === undefined ? [] : [at]));
  };

  test('what was not used for 30 days goes', async () => {
    const store = await filled();
    expect((await prune(store)).derived).toEqual({ files: 1, bytes: 1000 });
    expect(await left(store)).toEqual([0, 1]);
  });

  test('olderThan, maxBytes (least recently used first) and all', async () => {
    const older = await filled();
    await prune(older, { olderThan: 1000 * DAY });
    expect(await left(older)).toEqual([0]);
    const smaller = await filled();
    await prune(smaller, { olderThan: Infinity, maxBytes: 2500 });
    expect(await left(smaller)).toEqual([0, 1]);
    const none = await filled();
    await prune(none, { all: true });
    expect(await left(none)).toEqual([]);
  });

  test('other format versions go with their folders, unknown folders stay', async () => {
    const store = await filled();
    for (const folder of ['index-v0', 'union-v99', 'index-v99', 'mine-v1']) {
      const fan = path.join(store.paths.cache, folder, 'ab');
      mkdirSync(fan, { recursive: true });
      writeFileSync(path.join(fan, 'ab'.repeat(32)), 'old');
    }
    expect((await prune(store)).oldVersions).toEqual({ files: 3, bytes: 9 });
    for (const folder of ['index-v0', 'union-v99', 'index-v99'])
      expect(existsSync(path.join(store.paths.cache, folder))).toBe(false);
    expect(existsSync(path.join(store.paths.cache, 'mine-v1'))).toBe(true);
  });
});

test('half-written files and locks of dead processes go, those of living ones stay', async () => {
  const store = await newStore();
  await DEEDS.image(store, 'a');
  await DEEDS.derive(store, 'a');
  const dead = ownerTag({ ...thisOwner(), start: '1' });
  const alive = ownerTag(thisOwner());
  for (const tag of [dead, alive]) {
    writeFileSync(path.join(store.paths.root, 'tmp', tag), 'half');
    writeFileSync(path.join(store.paths.cache, 'tmp', tag), 'half');
    writeFileSync(path.join(store.paths.root, 'locks', `test.${tag}`), '');
  }
  expect((await prune(store)).leftovers).toEqual({ files: 3, bytes: 8 });
  expect(filesBelow(store.paths.root).filter((file) => file.includes(dead))).toEqual([]);
  expect(filesBelow(store.paths.root).filter((file) => file.includes(alive))).toHaveLength(3);
});

test('ten former states of index.json stay, and always the present one', async () => {
  const store = await newStore();
  for (let i = 0; i < 15; i++) await DEEDS.image(store, `image-${i}`);
  for (const file of filesBelow(path.join(store.paths.root, 'refs'))) age(file, 1000);
  const index = readFileSync(path.join(store.paths.root, 'index.json'));
  age(path.join(store.paths.root, 'refs', `${sha256(index).slice(7)}.json`), 10 * DAY);
  expect((await prune(store)).states.files).toBe(5);
  expect(filesBelow(path.join(store.paths.root, 'refs'))).toHaveLength(11);
  expect(await damage(store.paths.root)).toEqual([]);
});

describe('unpacked layers', () => {
  const HOUR = 3600;
  const layer = async (store: Store, name: string, seconds: number): Promise<string> => {
    const fill = (tree: string): Promise<unknown> => {
      mkdirSync(path.join(tree, 'closed'));
      writeFileSync(path.join(tree, 'closed', 'file'), noise(5000));
      return Promise.resolve([]);
    };
    await keepUnpacked(store, name, { fill, sync: undefined });
    const folder = path.join(store.paths.root, 'unpacked', name);
    age(folder, seconds);
    return folder;
  };
  const container = async (store: Store, id: string, names: readonly string[]): Promise<string> => {
    const folder = path.join(store.paths.root, 'containers', id.repeat(64));
    mkdirSync(path.join(folder, 'layers'), { recursive: true });
    await pinUnpacked(path.join(folder, 'layers'), names);
    return folder;
  };

  test('only those go that no container uses and that were not used for long', async () => {
    const store = await newStore();
    const old = await layer(store, 'old', 31 * DAY);
    const used = await layer(store, 'used', 31 * DAY);
    const young = await layer(store, 'young', 2 * HOUR);
    const fresh = await layer(store, 'fresh', HOUR / 2);
    const folder = await container(store, 'a', ['used']);
    const dry = await prune(store, { dryRun: true });
    expect(dry.unpacked.files).toBe(1);
    expect(dry.unpacked.bytes).toBeGreaterThan(5000);
    expect((await prune(store)).unpacked).toEqual(dry.unpacked);
    expect([old, used, young, fresh].map((each) => existsSync(each))).toEqual([false, true, true, true]);
    expect((await prune(store, { all: true })).unpacked.files).toBe(1);
    expect([used, young, fresh].map((each) => existsSync(each))).toEqual([true, false, true]);
    rmSync(folder, { recursive: true });
    expect((await prune(store, { maxBytes: 0 })).unpacked.files).toBe(1);
    expect([used, fresh].map((each) => existsSync(each))).toEqual([false, true]);
    expect(filesBelow(path.join(store.paths.root, 'tmp'))).toEqual([]);
  });

  test('none that was used since a container that is being made was begun goes', async () => {
    const store = await newStore();
    const old = await layer(store, 'old', 3 * HOUR);
    const folder = await container(store, 'b', []);
    writeFileSync(path.join(folder, 'maker'), ownerTag(thisOwner()));
    age(path.join(folder, 'maker'), 4 * HOUR);
    expect((await prune(store, { all: true })).unpacked.files).toBe(0);
    age(old, 5 * HOUR);
    expect((await prune(store, { all: true })).unpacked.files).toBe(1);
  });
});
