import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Descriptor } from '../../src/model/descriptor.js';
import { blobRange, putBlob } from '../../src/store/blob.js';
import { makeRef, parseRefIndex, replaceRef, serializeRefIndex } from '../../src/store/ref.js';
import { readRefs, updateRefs } from '../../src/store/refs.js';
import type { Store } from '../../src/store/store.js';
import { named, sampleImage } from './sample-image.js';
import { damage, descriptor, openAt, scratch } from './scratch.js';

const directory = scratch();
let stores = 0;
const newStore = (): Promise<Store> => openAt(path.join(directory, String(stores++)));

async function putImage(store: Store, seed: string, leaveOut = -1): Promise<Descriptor> {
  const { manifest, blobs } = sampleImage(seed);
  for (const [i, blob] of blobs.entries()) if (i !== leaveOut) await putBlob(store, [blob]);
  return manifest;
}

describe('updateRefs', () => {
  test('names move, are removed, and come back in the order of index.json', async () => {
    const store = await newStore();
    const a = await putImage(store, 'a');
    const b = await putImage(store, 'b');
    await updateRefs(store, (refs) => replaceRef(replaceRef(refs, makeRef('x', a)), makeRef('y', a)));
    await updateRefs(store, (refs) => replaceRef(refs, makeRef('x', b)));
    const refs = await readRefs(store);
    expect(refs.map(({ name, digest, size }) => ({ name, digest, size }))).toEqual([
      { name: 'y', digest: a.digest, size: a.size },
      { name: 'x', digest: b.digest, size: b.size },
    ]);
    await updateRefs(store, () => []);
    expect(await readRefs(store)).toEqual([]);
  });

  test.each([
    ['manifest', 0],
    ['configuration', 1],
    ['first layer', 2],
    ['last layer', 3],
  ])(
    'blobs first: a reference whose %s is missing is refused, and index.json stays as it was',
    async (_, at) => {
      const store = await newStore();
      const old = await putImage(store, 'old');
      await updateRefs(store, (refs) => replaceRef(refs, makeRef('old', old)));
      const before = readFileSync(path.join(store.paths.root, 'index.json'));
      const broken = await putImage(store, 'broken', at);
      await expect(
        updateRefs(store, (refs) => replaceRef(refs, makeRef('new', broken))),
      ).rejects.toMatchObject({
        code: 'E_BLOB_MISSING',
      });
      expect(readFileSync(path.join(store.paths.root, 'index.json')).equals(before)).toBe(true);
      expect(await damage(store.paths.root)).toEqual([]);
    },
  );

  test('a damaged manifest, a wrong size and a manifest that is not JSON are refused', async () => {
    const store = await newStore();
    const image = await putImage(store, 'x');
    const add = (manifest: Descriptor): Promise<unknown> =>
      updateRefs(store, (refs) => replaceRef(refs, makeRef('x', manifest)));
    await expect(add({ ...image, size: 7 })).rejects.toMatchObject({ code: 'E_SIZE_MISMATCH' });
    const text = Buffer.from('[not json');
    await putBlob(store, [text]);
    await expect(add(descriptor(text, 'x/y'))).rejects.toMatchObject({ code: 'E_MANIFEST' });
    const { path: file } = await blobRange(store, image.digest);
    chmodSync(file, 0o600);
    writeFileSync(file, 'x', { flag: 'r+' });
    await expect(add(image)).rejects.toMatchObject({ code: 'E_STORE_DAMAGED' });
    expect(await readRefs(store)).toEqual([]);
  });

  test('an index may be stored with some of its platforms, not with none', async () => {
    const store = await newStore();
    const here = await putImage(store, 'here');
    const there = sampleImage('there').manifest;
    const index = (...manifests: Descriptor[]): Buffer =>
      Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          manifests: manifests.map(({ digest, size }) => ({ digest, size })),
        }),
      );
    const partial = index(here, there);
    const hollow = index(there);
    await putBlob(store, [partial]);
    await putBlob(store, [hollow]);
    const add = (bytes: Buffer): Promise<unknown> =>
      updateRefs(store, (refs) =>
        replaceRef(refs, makeRef('i', descriptor(bytes, 'application/vnd.oci.image.index.v1+json'))),
      );
    await add(partial);
    await expect(add(hollow)).rejects.toMatchObject({ code: 'E_BLOB_MISSING' });
    expect(await damage(store.paths.root)).toEqual([]);
  });

  test('foreign layers need not be stored', async () => {
    const store = await newStore();
    const config = Buffer.from('{}');
    const foreign = Buffer.from('elsewhere');
    const manifest = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        config: named(config),
        layers: [
          { mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', ...named(foreign) },
        ],
      }),
    );
    await putBlob(store, [config]);
    await putBlob(store, [manifest]);
    await updateRefs(store, (refs) => replaceRef(refs, makeRef('windows', descriptor(manifest, 'm'))));
    expect(await damage(store.paths.root)).toEqual([]);
  });

  test('an index nested in itself many times ends at the depth limit', async () => {
    const store = await newStore();
    let inner = await putImage(store, 'deep');
    for (let depth = 0; depth < 20; depth++) {
      const bytes = Buffer.from(
        JSON.stringify({ schemaVersion: 2, manifests: [{ digest: inner.digest, size: inner.size }] }),
      );
      await putBlob(store, [bytes]);
      inner = descriptor(bytes, 'application/vnd.oci.image.index.v1+json');
    }
    await expect(updateRefs(store, (refs) => replaceRef(refs, makeRef('deep', inner)))).rejects.toMatchObject(
      {
        code: 'E_MANIFEST',
      },
    );
  });

  test('a change that throws leaves everything as it was and frees the lock', async () => {
    const store = await newStore();
    const error = new Error('no');
    const failing = (): never => {
      throw error;
    };
    await expect(updateRefs(store, failing)).rejects.toBe(error);
    expect(await updateRefs(store, (refs) => refs, { timeout: 0 })).toEqual([]);
  });

  test('what other programs wrote in index.json is kept: fields, annotations and its former state', async () => {
    const store = await newStore();
    const image = await putImage(store, 'x');
    await updateRefs(store, (refs) => replaceRef(refs, makeRef('x', image)));
    const file = path.join(store.paths.root, 'index.json');
    const index = JSON.parse(readFileSync(file, 'utf8')) as { manifests: object[] };
    const foreign = {
      ...index,
      annotations: { 'org.example': 'kept' },
      manifests: index.manifests.map((entry) => ({ ...entry, data: 'eA==', 'x-future': [1] })),
    };
    writeFileSync(file, JSON.stringify(foreign));
    expect((await damage(store.paths.root)).map((finding) => finding.code)).toEqual(['index-foreign']);
    await updateRefs(store, (refs) => replaceRef(refs, makeRef('y', image)));
    const after = JSON.parse(readFileSync(file, 'utf8')) as typeof foreign;
    expect(after.annotations).toEqual({ 'org.example': 'kept' });
    expect(after.manifests[0]).toMatchObject({ data: 'eA==', 'x-future': [1] });
    expect(await damage(store.paths.root)).toEqual([]);
  });
});

describe('readRefs', () => {
  test.each([
    '',
    '{',
    '[]',
    '{"schemaVersion":1,"manifests":[]}',
    '{"schemaVersion":2}',
    '{"schemaVersion":2,"manifests":[{}]}',
  ])('E_STORE_DAMAGED with a hint for an index.json that is %j', async (text) => {
    const store = await newStore();
    await updateRefs(store, (refs) => refs);
    writeFileSync(path.join(store.paths.root, 'index.json'), text);
    await expect(readRefs(store)).rejects.toMatchObject({ code: 'E_STORE_DAMAGED' });
  });

  test('no references when index.json is not there', async () => {
    const store = await newStore();
    await updateRefs(store, (refs) => refs);
    rmSync(path.join(store.paths.root, 'index.json'));
    expect(await readRefs(store)).toEqual([]);
  });
});

test('index.json round trip: any names, annotations and platforms come back', () => {
  const text = fc.string({ unit: 'grapheme' });
  const platform = fc.option(fc.record({ os: text, architecture: text, variant: text }), { nil: undefined });
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.option(text, { nil: undefined }), text, platform)), (items) => {
      const refs = items.map(([name, value, where]) =>
        makeRef(name, {
          ...descriptor(Buffer.from(value), 'm'),
          annotations: new Map([['a', value]]),
          platform: where,
          urls: [],
        }),
      );
      const index = { refs: [], json: { schemaVersion: 2 } };
      const bytes = serializeRefIndex(index, refs);
      expect(parseRefIndex(bytes, 'index.json').refs).toEqual(refs);
      expect(Buffer.compare(serializeRefIndex(parseRefIndex(bytes, 'index.json'), refs), bytes)).toBe(0);
    }),
  );
});
