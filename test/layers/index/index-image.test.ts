import { createHash } from 'node:crypto';
import {
  chmod,
  copyFile,
  link,
  mkdir,
  mkdtemp,
  open,
  readFile,
  rename,
  rm,
  utimes,
  writeFile,
  cp,
  readdir,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openImage } from '../../../src/images/open.js';
import { readContents, readWhole } from '../../../src/layers/read/content.js';
import { type IndexedLayer, indexImage, type IndexOptions } from '../../../src/layers/index/index-image.js';
import { bytesOfIndex, entriesOf } from '../../../src/layers/index/layer-index.js';
import { type Digest, parseDigest } from '../../../src/model/digest.js';
import type { Image, Layer } from '../../../src/model/image.js';
import { DEFAULT_LIMITS } from '../../../src/model/limits.js';
import { openStore, type Store } from '../../../src/store/store.js';
import { storePaths } from '../../../src/store/paths.js';

const FIXTURES = path.resolve(import.meta.dirname, '../../../fixtures/generated');

let folder: string;
let store: Store;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'strata-index-'));
  store = await openStore(storePaths({ STRATA_STORE: path.join(folder, 'store') }, folder));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Indexes an image and tells which layers had to be read, and how many bytes of each. */
async function index(name: string, more: Partial<IndexOptions> = {}) {
  const read = new Map<number, number>();
  const opened = await openImage(name, { spoolDir: folder });
  try {
    const layers = await indexImage(opened.image, {
      store,
      limits: DEFAULT_LIMITS,
      onBegin: (layer, bytes) => read.set(layer.position, bytes),
      ...more,
    });
    return { image: opened.image, layers, read: [...read.keys()].sort((a, b) => a - b) };
  } finally {
    await opened.close();
  }
}

const pathsOf = (layers: readonly IndexedLayer[]): string[][] =>
  layers.map(({ index: one }) => [...entriesOf(one)].map((entry) => entry.path));

/** A copy whose times are long settled, so that its identity may be remembered. */
async function settledCopy(name: string): Promise<string> {
  const target = path.join(folder, name);
  await copyFile(path.join(FIXTURES, name), target);
  await sleep(150);
  return target;
}

describe('the order of reading', () => {
  it.each([false, true])('is from the largest on; the base first: %s', async (baseFirst) => {
    const opened = await openImage(path.join(FIXTURES, 'demo.tar'), { spoolDir: folder });
    // The base of the demo image is its largest layer: upside down it is the top.
    const layers = opened.image.layers.toReversed().map((layer, i) => ({ ...layer, position: i + 1 }));
    const began: Layer[] = [];
    const options = { store, limits: DEFAULT_LIMITS, threads: 1, baseFirst };
    await indexImage({ ...opened.image, layers }, { ...options, onBegin: (layer) => began.push(layer) });
    await opened.close();
    expect(began[0].position === 1).toBe(baseFirst);
    const sizes = began.slice(baseFirst ? 1 : 0).map(({ size = 0 }) => size);
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
  });
});

describe('the indexes of all layers together', () => {
  it('take no more memory than the limit, read or recalled', async () => {
    const name = path.join(FIXTURES, 'demo.tar');
    const { layers } = await index(name);
    const bytes = layers.reduce((sum, { index: one }) => sum + bytesOfIndex(one), 0);
    const at = (imageIndexBytes: number) => index(name, { limits: { ...DEFAULT_LIMITS, imageIndexBytes } });
    // A recalled index is held with the frame it was stored in.
    expect((await at(bytes + 1024 * layers.length)).layers).toHaveLength(layers.length);
    const refusal = { code: 'E_LIMIT', hint: expect.stringContaining('imageIndexBytes') as string };
    await expect(at(bytes - 1)).rejects.toMatchObject(refusal);
    store = await openStore(storePaths({ STRATA_STORE: path.join(folder, 'other') }, folder));
    await expect(at(bytes - 1)).rejects.toMatchObject(refusal);
  });
});

describe('work is done once per digest', () => {
  it('a layer that was read is not read again while its file is unchanged', async () => {
    const file = await settledCopy('demo.tar');
    const first = await index(file);
    expect(first.read).toHaveLength(first.image.layers.length);
    const second = await index(file);
    expect(second.read).toEqual([]);
    expect(pathsOf(second.layers)).toEqual(pathsOf(first.layers));
  });
  it('the same layers in another file are hashed, and have the same indexes', async () => {
    const first = await index(path.join(FIXTURES, 'demo.tar'));
    const file = await settledCopy('demo.tar');
    const other = await index(file);
    expect(other.read).toHaveLength(12);
    expect(pathsOf(other.layers)).toEqual(pathsOf(first.layers));
    expect((await index(file)).read).toEqual([]);
  });
  it('fresh reads every layer whatever is known', async () => {
    const file = await settledCopy('demo.tar');
    await index(file);
    expect((await index(file, { fresh: true })).read).toHaveLength(12);
  });
});

describe('no bytes are trusted that were not hashed since they changed', () => {
  it('a changed byte in a layer that was read before is found, times set back or not', async () => {
    const file = await settledCopy('demo.tar');
    const { image } = await index(file);
    const { content } = image.layers[0];
    if (content.kind !== 'blob') throw new Error('the demo has a blob');
    const handle = await open(file, 'r+');
    const { mtime, atime } = await handle.stat();
    await handle.write(Buffer.from([0xff]), 0, 1, content.range.offset + 700);
    await handle.close();
    await utimes(file, atime, mtime);
    await expect(index(file)).rejects.toMatchObject({ code: 'E_DIGEST_MISMATCH' });
  });
  it('an unknown layer with a wrong digest is an error that names it, not an interruption', async () => {
    const layout = path.join(folder, 'layout');
    await cp(path.join(FIXTURES, 'demo-oci'), layout, { recursive: true });
    const blobs = path.join(layout, 'blobs/sha256');
    const { image } = await index(layout);
    const victim = image.layers[2].digest?.slice(7) ?? '';
    const size = image.layers[2].size ?? 0;
    await writeFile(path.join(blobs, victim), Buffer.alloc(size, 0x41));
    await expect(index(layout)).rejects.toMatchObject({ exitCode: 3 });
    expect(await readdir(blobs)).toContain(victim);
  });
});

it('a promise in another algorithm than what is known is checked by reading, not believed', async () => {
  const layout = path.join(folder, 'layout');
  await cp(path.join(FIXTURES, 'oci-sha512'), layout, { recursive: true });
  await sleep(150);
  const opened = await openImage(layout, { spoolDir: folder });
  const promising = (digest: Digest | undefined): Image => ({
    ...opened.image,
    layers: opened.image.layers.slice(0, 1).map((layer) => ({ ...layer, digest, diffID: undefined })),
  });
  const options = { store, limits: DEFAULT_LIMITS };
  await indexImage(promising(undefined), options);
  const wrong = parseDigest(`sha512:${'0'.repeat(128)}`);
  await expect(indexImage(promising(wrong), options)).rejects.toMatchObject({ code: 'E_DIGEST_MISMATCH' });
  await opened.close();
});

describe('plain tars that are kept while layers are indexed', () => {
  const kept = (where: Store = store): Promise<string[]> =>
    readdir(path.join(where.paths.root, 'plain/sha256')).catch(() => []);
  const leftovers = (): Promise<string[]> => readdir(path.join(store.paths.root, 'tmp')).catch(() => []);
  const keepPlain = { top: 12, durable: false };

  it('are those of the layers up to the top one, whole, whatever they were packed with', async () => {
    const { layers } = await index(path.join(FIXTURES, 'demo.tar'), { keepPlain: { top: 5, durable: true } });
    const hex = (one: IndexedLayer): string => one.index.diffID.slice('sha256:'.length);
    expect(new Set(await kept())).toEqual(new Set(layers.slice(0, 5).map(hex)));
    store = await openStore(storePaths({ STRATA_STORE: path.join(folder, 'other') }, folder));
    await index(path.join(FIXTURES, 'demo-oci'), { keepPlain });
    expect(new Set(await kept())).toEqual(new Set(layers.map(hex)));
    for (const name of await kept()) {
      const bytes = await readFile(path.join(store.paths.root, 'plain/sha256', name));
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(name);
    }
    expect(await leftovers()).toEqual([]);
  });
  it('are none when a digest is wrong or the reading is stopped', async () => {
    const layout = path.join(folder, 'layout');
    await cp(path.join(FIXTURES, 'demo-oci'), layout, { recursive: true });
    const { image } = await openImage(layout, { spoolDir: folder });
    const { content } = image.layers[0];
    if (content.kind !== 'blob') throw new Error('the demo has a blob');
    const handle = await open(content.range.path, 'r+');
    await handle.write(Buffer.from([0xff]), 0, 1, 5);
    await handle.close();
    const one = { ...image, layers: image.layers.slice(0, 1) };
    const options = { store, limits: DEFAULT_LIMITS, keepPlain };
    await expect(indexImage(one, options)).rejects.toMatchObject({ code: 'E_DIGEST_MISMATCH' });
    const stop = new AbortController();
    const onBegin = (): void => {
      stop.abort();
    };
    await expect(
      index(path.join(FIXTURES, 'demo.tar'), { keepPlain, signal: stop.signal, onBegin }),
    ).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
    expect([await kept(), await leftovers()]).toEqual([[], []]);
  });
  it('are left out where they cannot be kept, and that stops nothing', async () => {
    const { root } = store.paths;
    await mkdir(root, { recursive: true });
    await writeFile(path.join(root, 'plain'), '');
    const { layers } = await index(path.join(FIXTURES, 'demo.tar'), { keepPlain });
    expect(layers).toHaveLength(12);
    expect(await leftovers()).toEqual([]);
  });
});

describe('stopping', () => {
  it('an abort rejects with E_INTERRUPTED and leaves no thread', async () => {
    const stop = new AbortController();
    const work = index(path.join(FIXTURES, 'oci-500-layers'), {
      signal: stop.signal,
      onBegin: () => {
        stop.abort();
      },
    });
    await expect(work).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
  });
});

describe('contents', () => {
  const wholeOf = async (layers: readonly IndexedLayer[]): Promise<Map<string, string>> => {
    const contents = new Map<string, string>();
    for (const { layer, index: one } of layers)
      for (const entry of entriesOf(one))
        if (entry.kind === 'file')
          contents.set(
            `${String(layer.position)} ${entry.path} ${String(entry.row)}`,
            Buffer.from(await readWhole(layer, one, entry.row, 1e8, { limits: DEFAULT_LIMITS })).toString(
              'latin1',
            ),
          );
    expect(contents.size).toBeGreaterThan(0);
    return contents;
  };
  it('are the same from plain, gzip and zstd layers', async () => {
    const all: Map<string, string>[] = [];
    for (const name of ['demo.tar', 'demo-oci', 'demo-zstd']) {
      const opened = await openImage(path.join(FIXTURES, name), { spoolDir: folder });
      const layers = await indexImage(opened.image, { store, limits: DEFAULT_LIMITS });
      all.push(await wholeOf(layers.slice(5, 8)));
      await opened.close();
    }
    expect(all[1]).toEqual(all[0]);
    expect(all[2]).toEqual(all[0]);
  });
  it('of a file that changed after it was indexed end with E_DIGEST_MISMATCH', async () => {
    const file = await settledCopy('demo.tar');
    const opened = await openImage(file, { spoolDir: folder });
    const layers = await indexImage(opened.image, { store, limits: DEFAULT_LIMITS });
    const { layer, index: one } = layers[0];
    const entry = [...entriesOf(one)].find((found) => found.kind === 'file' && found.size > 10);
    if (entry === undefined || layer.content.kind !== 'blob') throw new Error('the demo has a file');
    const handle = await open(file, 'r+');
    await handle.write(Buffer.from('XXXXXXXXXX'), 0, 10, layer.content.range.offset + entry.dataOffset);
    await handle.close();
    for (const options of [{ limits: DEFAULT_LIMITS }, { limits: DEFAULT_LIMITS, store }])
      await expect(readWhole(layer, one, entry.row, 1e8, options)).rejects.toMatchObject({
        code: 'E_DIGEST_MISMATCH',
      });
    await opened.close();
  });
  it('are digested but for a file that is known, and known is one that does not change meanwhile', async () => {
    const file = await settledCopy('demo.tar');
    const opened = await openImage(file, { spoolDir: folder });
    const layers = await indexImage(opened.image, { store, limits: DEFAULT_LIMITS });
    const { layer, index: one } = layers[0];
    const entry = [...entriesOf(one)].find((found) => found.kind === 'file' && found.size > 10);
    if (entry === undefined || layer.content.kind !== 'blob') throw new Error('the demo has a file');
    const known = { limits: DEFAULT_LIMITS, store };
    const elsewhere = await openStore(storePaths({ STRATA_STORE: path.join(folder, 'other') }, folder));
    const wrong = { ...one, digests: new Uint8Array(one.digests.length) };
    const bytes = await readWhole(layer, one, entry.row, 1e8, known);
    expect(await readWhole(layer, wrong, entry.row, 1e8, known)).toEqual(bytes);
    for (const options of [{ limits: DEFAULT_LIMITS }, { limits: DEFAULT_LIMITS, store: elsewhere }])
      await expect(readWhole(layer, wrong, entry.row, 1e8, options)).rejects.toMatchObject({
        code: 'E_DIGEST_MISMATCH',
      });
    // Where it lies counts for nothing: another layer's tar has the same file, and is not this one.
    const other = { ...wrong, diffID: layers[1].index.diffID };
    await expect(readWhole(layer, other, entry.row, 1e8, known)).rejects.toMatchObject({
      code: 'E_DIGEST_MISMATCH',
    });
    const { path: blob, offset } = layer.content.range;
    const change = async (_row: number, content: AsyncIterable<Uint8Array>): Promise<void> => {
      for await (const chunk of content) expect(chunk.length).toBeGreaterThan(0);
      const handle = await open(blob, 'r+');
      await handle.write(Buffer.from('X'), 0, 1, offset + entry.dataOffset);
      await handle.close();
    };
    await expect(readContents(layer, one, [entry.row], change, known)).rejects.toMatchObject({
      code: 'E_DIGEST_MISMATCH',
      message: expect.stringContaining('layer 1') as string,
    });
    await opened.close();
  });
  it.each(['link', 'utimes', 'chmod', 'rename', 'rm'] as const)(
    'are right when the file that is known meets %s meanwhile: its bytes are what they were',
    async (event) => {
      const file = await settledCopy('demo.tar');
      const opened = await openImage(file, { spoolDir: folder });
      const [{ layer, index: one }] = await indexImage(opened.image, { store, limits: DEFAULT_LIMITS });
      const entry = [...entriesOf(one)].find((found) => found.kind === 'file' && found.size > 10);
      if (entry === undefined) throw new Error('the demo has a file');
      // Only who knows the file gives a content that has no digest.
      const wrong = { ...one, digests: new Uint8Array(one.digests.length) };
      const meet = {
        link: () => link(file, `${file}.second`),
        utimes: () => utimes(file, 1, 1),
        chmod: () => chmod(file, 0o600),
        rename: () => rename(file, `${file}.second`),
        rm: () => rm(file),
      };
      let bytes = 0;
      const visit = async (_row: number, content: AsyncIterable<Uint8Array>): Promise<void> => {
        for await (const chunk of content) bytes += chunk.length;
        await meet[event]();
      };
      await readContents(layer, wrong, [entry.row], visit, { limits: DEFAULT_LIMITS, store });
      expect(bytes).toBe(entry.size);
      await opened.close();
    },
  );
  it('may be left early, and the next one is still right', async () => {
    const opened = await openImage(path.join(FIXTURES, 'demo-oci'), { spoolDir: folder });
    const [{ layer, index: one }] = await indexImage(opened.image, { store, limits: DEFAULT_LIMITS });
    const files = [...entriesOf(one)].filter((entry) => entry.kind === 'file' && entry.size > 0);
    const sizes: number[] = [];
    await readContents(
      layer,
      one,
      files.map((entry) => entry.row),
      async (row, content) => {
        let size = 0;
        for await (const chunk of content) {
          size += chunk.length;
          if (row === files[0].row) break;
        }
        sizes.push(size);
      },
      { limits: DEFAULT_LIMITS },
    );
    expect(sizes.slice(1)).toEqual(files.slice(1).map((entry) => entry.size));
    await opened.close();
  });
  it('of a directory tree of the host are read below it only', async () => {
    const root = path.join(folder, 'root');
    await cp(path.join(FIXTURES, 'dir'), root, { recursive: true });
    const { layers } = await index(`rootfs:${root}`);
    const { layer, index: one } = layers[0];
    const entry = [...entriesOf(one)].find((found) => found.kind === 'file' && found.size > 0);
    if (entry === undefined) throw new Error('the fixture has a file');
    const bytes = await readWhole(layer, one, entry.row, 1e8, { limits: DEFAULT_LIMITS });
    expect(bytes.length).toBe(entry.size);
    await rm(path.join(root, entry.path));
    await expect(readWhole(layer, one, entry.row, 1e8, { limits: DEFAULT_LIMITS })).rejects.toMatchObject({
      code: 'E_UNREADABLE',
    });
  });
});
