import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { image, layer } from '../../../fixtures/image.js';
import { file } from '../../../fixtures/tar.js';
import { indexEntry, layout, writeFolder } from '../../../fixtures/write.js';
import { openImage } from '../../../src/images/open.js';
import { type IndexedLayer, indexImage } from '../../../src/layers/index/index-image.js';
import { unite } from '../../../src/layers/union/unite.js';
import { DEFAULT_LIMITS } from '../../../src/model/limits.js';
import { type UnpackedLayers, unpackedLayers } from '../../../src/runtime/snapshot/unpacked-layers.js';
import { openStore, type Store } from '../../../src/store/store.js';
import { unpackedTree } from '../../../src/store/unpacked-layers.js';
import { useFolder } from '../../helpers/look.js';

/* Layers become directories straight from their blobs, several at once; plain tars are made only where they are wanted. */

const MiB = 1024 * 1024;
const folder = useFolder();
const contents = ['a', 'b', 'c'].map((name) => ({ name, content: randomBytes(24 * MiB) }));

interface Unpacking {
  readonly store: Store;
  readonly layers: readonly IndexedLayer[];
  readonly unpack: (more?: object) => Promise<UnpackedLayers>;
}

async function unpacking(): Promise<Unpacking> {
  const root = mkdtempSync(path.join(folder(), 'store-'));
  const at = path.join(root, 'layout');
  const built = image({
    platform: { os: 'linux', architecture: 'amd64' },
    steps: await Promise.all(
      contents.map(async ({ name, content }) => ({
        createdBy: name,
        layer: await layer([file(name, content)]),
      })),
    ),
  });
  writeFolder(at, layout([indexEntry(built, 'app')], [built]));
  const store = await openStore({ root: path.join(root, 'store'), cache: path.join(root, 'cache') });
  const { image: opened } = await openImage(`oci:${at}:app`, { spoolDir: root });
  const layers = await indexImage(opened, { store, limits: DEFAULT_LIMITS });
  const union = unite(layers.map(({ index }) => index));
  const pins = path.join(root, 'pins');
  mkdirSync(pins);
  const options = { limits: DEFAULT_LIMITS, durable: false, marks: 'trusted', pins } as const;
  return {
    store,
    layers,
    unpack: (more) => unpackedLayers(store, { layers, union }, layers.length, { ...options, ...more }),
  };
}

const plainTars = ({ paths }: Store): string[] => {
  const at = path.join(paths.root, 'plain/sha256');
  return existsSync(at) ? readdirSync(at) : [];
};

test('from their blobs, by threads, with all bytes told of; what is there is not made again', async () => {
  const { store, unpack } = await unpacking();
  let [begun, total, told, threads] = [0, 0, 0, false];
  const { names, left } = await unpack({
    onBegin(bytes: number) {
      begun++;
      total = bytes;
    },
    onBytes(count: number) {
      told += count;
      threads ||= process.getActiveResourcesInfo().includes('MessagePort');
    },
  });
  expect([begun, total, told, threads, left.size]).toEqual([1, 72 * MiB, 72 * MiB, true, 0]);
  for (const [i, { name, content }] of contents.entries())
    expect(readFileSync(path.join(unpackedTree(store, names[i]), name)).equals(content)).toBe(true);
  expect(plainTars(store)).toEqual([]);
  expect(await unpack({ onBegin: () => (begun = 9) })).toEqual({ names, left });
  expect(begun).toBe(1);
});

test('from plain tars where those are wanted anyway', async () => {
  const { store, unpack } = await unpacking();
  const { names } = await unpack({ plain: true });
  expect(plainTars(store)).toHaveLength(3);
  for (const [i, { name, content }] of contents.entries())
    expect(readFileSync(path.join(unpackedTree(store, names[i]), name)).equals(content)).toBe(true);
});

test('of a layer that is not what it was nothing is left, and nobody writes on', async () => {
  const { store, layers, unpack } = await unpacking();
  const { content } = layers[1].layer;
  if (content.kind !== 'blob') throw new Error('it is a blob');
  const bytes = readFileSync(content.range.path);
  bytes[content.range.offset + 12 * MiB] ^= 0xff;
  writeFileSync(content.range.path, bytes);
  await expect(unpack()).rejects.toMatchObject({
    code: expect.stringMatching(/^E_(DIGEST_MISMATCH|COMPRESSION)$/) as unknown,
  });
  const [unpacked, temporary] = ['unpacked', 'tmp'].map((name) =>
    readdirSync(path.join(store.paths.root, name)),
  );
  // Others may have been whole by then.
  expect(unpacked.filter((name) => name.startsWith(layers[1].index.diffID.slice('sha256:'.length)))).toEqual(
    [],
  );
  expect(temporary).toEqual([]);
  expect(process.getActiveResourcesInfo()).not.toContain('MessagePort');
});
