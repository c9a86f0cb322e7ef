import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { listImages, openImage, type OpenOptions } from '../../src/images/open.js';
import type { ByteRange } from '../../src/model/byte-range.js';
import { StrataError } from '../../src/model/error.js';
import type { Image, Layer } from '../../src/model/image.js';
import { parsePlatform } from '../../src/model/platform.js';
import {
  type Content,
  dockerSave,
  failureOf,
  fileOf,
  hex,
  LayoutBuilder,
  OCI,
  sha256,
  tagged,
  tar,
  temporary,
} from './build.js';

const work = temporary();
const options: OpenOptions = { spoolDir: temporary() };
const base = tar([
  ['etc/', ''],
  ['etc/os', 'base'],
]);
const top = tar([['app', 'top']]);

async function opened(name: string, more: Partial<OpenOptions> = {}): Promise<Image> {
  const { image, close } = await openImage(name, { ...options, ...more });
  await close();
  return image;
}

/** Returns the bytes of a layer, which must be a blob. */
function bytesOf(layer: Layer): Buffer {
  expect(layer.content.kind).toBe('blob');
  const { path: file, offset, length } = (layer.content as { range: ByteRange }).range;
  return readFileSync(file).subarray(offset, offset + length);
}

const codes = (image: Image): string[] => image.anomalies.map((anomaly) => anomaly.code);
const archive = (members: readonly (readonly [string, Content])[]): string => fileOf(work, tar(members));

describe('docker-archive', () => {
  const two = dockerSave([
    { layers: [base, top], tags: ['app:1', 'app:latest'] },
    { layers: [base], tags: ['base:1'] },
  ]);

  test('more tags than a call may have arguments, and one configuration under many entries', async () => {
    const config = JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: [] },
      padding: Array<string>(500_000).fill('a'),
    });
    const tags = Array.from({ length: 250_000 }, (_, i) => `a:${String(i)}`);
    const tagged = archive([
      ['manifest.json', JSON.stringify([{ Config: 'c.json', RepoTags: tags, Layers: [] }])],
      ['c.json', config],
    ]);
    expect((await opened(tagged)).tags).toHaveLength(tags.length);
    const entries = Array(2000).fill({ Config: 'c.json', RepoTags: null, Layers: [] });
    const many = archive([
      ['manifest.json', JSON.stringify(entries)],
      ['c.json', config],
    ]);
    expect(await listImages(many, options)).toHaveLength(entries.length);
  });

  test('classic docker save: layers are ranges of the archive itself, and nothing is copied', async () => {
    const file = archive(dockerSave([{ layers: [base, top], tags: ['app:1'] }]));
    const image = await opened(file);
    expect(image).toMatchObject({
      transport: 'docker-archive',
      name: `docker-archive:${file}`,
      tags: ['app:1'],
    });
    expect(image.layers.map((layer) => layer.diffID)).toEqual([sha256(base), sha256(top)]);
    expect(image.layers.map(bytesOf)).toEqual([base, top]);
    expect(image.layers.map((layer) => (layer.content as { range: ByteRange }).range.path)).toEqual([
      file,
      file,
    ]);
    expect(image.layers.map((layer) => layer.step?.createdBy)).toEqual(['step 1', 'step 2']);
    expect(image.layers[0].digest).toBeUndefined();
    expect(codes(image)).toEqual([]);
  });

  test.each([
    ['app:1', 2],
    ['app', 2],
    ['docker.io/library/app:1', 2],
    ['base:1', 1],
    ['@0', 2],
    ['@1', 1],
  ])('of two images, %s has %i layers', async (selector, layers) => {
    expect((await opened(`docker-archive:${archive(two)}:${selector}`)).layers).toHaveLength(layers);
  });

  test('of two images none is taken by itself; the list says how to write each', async () => {
    const file = archive(two);
    expect(await failureOf(opened(file))).toMatchObject({
      code: 'E_AMBIGUOUS',
      message: expect.stringContaining('app:1, base:1') as string,
      hint: `choose one, for example docker-archive:${file}:app:1`,
    });
    const listed = await listImages(file, options);
    expect(listed.map((entry) => entry.name)).toEqual([
      `docker-archive:${file}:app:1`,
      `docker-archive:${file}:base:1`,
    ]);
    for (const entry of listed) expect((await opened(entry.name)).config.os).toBe('linux');
  });

  test('two different images with one tag cannot be told apart by it, only by their place', async () => {
    const file = archive(
      dockerSave([
        { layers: [base], tags: ['a:1'] },
        { layers: [top], tags: ['a:1'] },
      ]),
    );
    expect(await failureOf(opened(`${file}:a:1`))).toMatchObject({
      code: 'E_AMBIGUOUS',
      message: expect.stringContaining('@0, @1') as string,
    });
    const image = await opened(`${file}:@1`);
    expect(image.layers[0].diffID).toBe(sha256(top));
    expect(codes(image)).toEqual(['tag-ambiguous']);
  });

  test('links between members are followed: podman’s layer.tar -> ../x.tar, and hard links', async () => {
    const config = JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: [sha256(base), sha256(base), sha256(base)] },
    });
    const image = await opened(
      archive([
        ['x.tar', base],
        ['a/layer.tar', { symlink: '../x.tar' }],
        ['b/layer.tar', { hardlink: 'x.tar' }],
        ['c/layer.tar', { symlink: '../a/layer.tar' }],
        ['config.json', config],
        [
          'manifest.json',
          JSON.stringify([
            {
              Config: 'config.json',
              RepoTags: null,
              Layers: ['a/layer.tar', './b/layer.tar', 'c//layer.tar'],
            },
          ]),
        ],
      ]),
    );
    expect(image.layers.map(bytesOf)).toEqual([base, base, base]);
  });

  test.each([
    ['out of the archive', '../../../../etc/passwd'],
    ['to an absolute path', '/etc/passwd'],
    ['to itself', 'layer.tar'],
  ])('a link %s is refused', async (_, target) => {
    const members = dockerSave([{ layers: [base], tags: null }]).map(([name, content]): [string, Content] =>
      name.endsWith('/layer.tar') ? [name, { symlink: target }] : [name, content],
    );
    expect(await failureOf(opened(archive(members)))).toMatchObject({ code: 'E_MANIFEST' });
  });

  test('kaniko’s and crane’s names: a config named sha256:<hex> and gzip layers', async () => {
    const config = JSON.stringify({
      architecture: 'arm64',
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: [sha256(base)] },
    });
    const blob = gzipSync(base);
    const image = await opened(
      archive([
        [sha256(config), config],
        [`${hex(sha256(blob))}.tar.gz`, blob],
        [
          'manifest.json',
          JSON.stringify([
            { Config: sha256(config), RepoTags: ['k:1'], Layers: [`${hex(sha256(blob))}.tar.gz`] },
          ]),
        ],
      ]),
    );
    expect(image.layers[0]).toMatchObject({
      content: { compression: 'gzip' },
      mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
    });
    expect(codes(image)).toEqual(['history-absent']);
  });

  test('a configuration that does not have its name’s digest is an anomaly of severity error', async () => {
    const members = dockerSave([{ layers: [base], tags: null }]).map(([name, content]): [string, Content] =>
      /^[0-9a-f]{64}\.json$/.test(name) ? [name, `${content as string} `] : [name, content],
    );
    expect(codes(await opened(archive(members)))).toEqual(['config-digest-mismatch']);
  });

  test('a layer that is not there is absent, and the others are not', async () => {
    const members = dockerSave([{ layers: [base, top], tags: null }]);
    const image = await opened(archive(members.filter(([, content]) => content !== top)));
    expect(image.layers.map((layer) => layer.content.kind)).toEqual(['blob', 'absent']);
    expect(codes(image)).toEqual(['layer-absent']);
  });

  test('a member that is there twice: the last counts, with an anomaly', async () => {
    const members = dockerSave([{ layers: [base], tags: null }]);
    const image = await opened(archive([['manifest.json', '[]'], ...members]));
    expect(codes(image)).toEqual(['archive-duplicate-member']);
  });

  test('Docker 25 and later: index.json is taken when all it lists is there', async () => {
    const layout = new LayoutBuilder();
    const descriptor = layout.image([base, top], {
      extra: {
        annotations: {
          'io.containerd.image.name': 'docker.io/library/app:1',
          'org.opencontainers.image.ref.name': '1',
        },
      },
    });
    layout.add(descriptor);
    const manifest = JSON.parse(String(layout.blobs.get(descriptor.digest as string))) as {
      config: { digest: string };
    };
    const docker = JSON.stringify([
      {
        Config: `blobs/sha256/${hex(manifest.config.digest)}`,
        RepoTags: ['app:1'],
        Layers: [base, top].map((layer) => `blobs/sha256/${hex(sha256(layer))}`),
      },
    ]);
    const file = archive([...layout.members(), ['manifest.json', docker]]);
    const image = await opened(file);
    expect(image).toMatchObject({
      transport: 'oci-archive',
      tags: ['docker.io/library/app:1', '1'],
      descriptor: { digest: descriptor.digest },
    });
    expect(codes(image)).toEqual([]);
    for (const tag of ['app:1', '1', 'docker.io/library/app:1'])
      expect((await opened(`${file}:${tag}`)).layers).toHaveLength(2);
    const view = await opened(`docker-archive:${file}`);
    expect(view.layers.map((layer) => layer.digest)).toEqual([sha256(base), sha256(top)]);
    expect(view.layers.map(bytesOf)).toEqual(image.layers.map(bytesOf));

    const other = docker.replace(hex(sha256(top)), hex(sha256(base)));
    expect(codes(await opened(archive([...layout.members(), ['manifest.json', other]])))).toEqual([
      'archive-views-differ',
    ]);
    const incomplete = layout.members().filter(([name]) => !name.endsWith(hex(descriptor.digest as string)));
    expect((await opened(archive([...incomplete, ['manifest.json', docker]]))).transport).toBe(
      'docker-archive',
    );
  });
});

describe('outer archive', () => {
  const members = dockerSave([{ layers: [base, top], tags: ['app:1'] }]);
  const plain = tar(members);

  test.each([
    ['gzip', (bytes: Buffer) => gzipSync(bytes)],
    ['zstd', (bytes: Buffer) => execFileSync('zstd', ['-c'], { input: bytes })],
  ])('%s: spooled once, readable until closed, and nothing is left', async (_, compress) => {
    const file = fileOf(work, compress(plain));
    const { image, close } = await openImage(file, options);
    expect(image.layers.map(bytesOf)).toEqual([base, top]);
    const { path: spool } = (image.layers[0].content as { range: ByteRange }).range;
    expect(spool).not.toBe(file);
    await close();
    expect(() => statSync(spool)).toThrow();
    expect(readdirSync(options.spoolDir)).toEqual([]);
    await close();
  });

  test.each([1, 511, 4096])('standard input in pieces of %i bytes is the same image', async (size) => {
    async function* pieces(): AsyncGenerator<Buffer> {
      for (let at = 0; at < plain.length; at += size) {
        yield plain.subarray(at, at + size);
        if (at % 8192 === 0) await Promise.resolve();
      }
    }
    for (const name of ['-', 'docker-archive:-', '-:app:1']) {
      const { image, close } = await openImage(name, { ...options, stdin: pieces() });
      expect(image.layers.map(bytesOf)).toEqual([base, top]);
      await close();
    }
  });

  test('nothing stays open: neither after close nor after a failure', async () => {
    const descriptors = (): number => readdirSync('/proc/self/fd').length;
    const before = descriptors();
    for (const input of [gzipSync(plain), plain]) {
      const { close } = await openImage('-', { ...options, stdin: toAsync([input]) });
      expect(descriptors()).toBe(before + 1);
      await close();
      expect(descriptors()).toBe(before);
    }
    for (const input of [
      gzipSync(plain).subarray(0, 300),
      gzipSync('text'),
      plain.subarray(0, 1500),
      gzipSync(base),
    ]) {
      await failureOf(openImage('-', { ...options, stdin: toAsync([input]) }));
      expect(descriptors()).toBe(before);
    }
  });

  test('compressed standard input', async () => {
    const { image, close } = await openImage('-', { ...options, stdin: toAsync([gzipSync(plain)]) });
    expect(image.layers.map(bytesOf)).toEqual([base, top]);
    await close();
  });

  test('a truncated archive is an error, never half an image', async () => {
    for (let length = 0; length < plain.length - 1024; length += 512) {
      const { code } = await failureOf(opened(fileOf(work, plain.subarray(0, length), 'cut.tar')));
      expect(['E_NOT_AN_IMAGE', 'E_TRUNCATED', 'E_BLOB_MISSING']).toContain(code);
    }
  });

  test('mutated archives end with an image or a StrataError', async () => {
    const seeds = [plain, tar(new LayoutBuilder().add({}).members()), tar(new LayoutBuilder().members())];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...seeds),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        async (seed, edits) => {
          const bytes = Buffer.from(seed);
          for (const [at, value] of edits) bytes[at % bytes.length] = value;
          const file = fileOf(work, bytes, 'mutant.tar');
          try {
            await opened(file);
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(StrataError);
            expect((thrown as StrataError).code).not.toBe('E_INTERNAL');
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('more members than the limit is E_LIMIT', async () => {
    const { DEFAULT_LIMITS } = await import('../../src/model/limits.js');
    const file = archive([
      ...Array.from({ length: 20 }, (_, i): [string, Content] => [`f${i}`, '']),
      ...members,
    ]);
    expect(
      await failureOf(opened(file, { limits: { ...DEFAULT_LIMITS, archiveMembers: 20 } })),
    ).toMatchObject({ code: 'E_LIMIT' });
  });

  test('CVE-2024-24579: members named ../x and /x are never a path', async () => {
    const image = await opened(
      archive([['../../../tmp/strata-escaped', 'x'], ['/tmp/strata-escaped', 'x'], ...members]),
    );
    expect(image.layers).toHaveLength(2);
    expect(() => statSync('/tmp/strata-escaped')).toThrow();
  });
});

async function* toAsync(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}

describe('image layout', () => {
  const directory = (layout: LayoutBuilder): string =>
    layout.write(path.join(work, `layout-${Math.random().toString(36).slice(2)}`));

  test('as a directory and as an archive it is the same image', async () => {
    const layout = new LayoutBuilder();
    layout.add(layout.image([base, top], { extra: tagged('v1') }));
    const [inDirectory, inArchive] = await Promise.all([
      opened(`oci:${directory(layout)}:v1`),
      opened(`oci-archive:${archive(layout.members())}:v1`),
    ]);
    expect(inDirectory.layers.map(bytesOf)).toEqual(inArchive.layers.map(bytesOf));
    expect(inDirectory.config).toEqual(inArchive.config);
    expect(inDirectory.descriptor).toEqual(inArchive.descriptor);
  });

  test('indexes that list the next one many times take no longer than one', async () => {
    const layout = new LayoutBuilder();
    let index = layout.json(OCI.manifest, {
      schemaVersion: 2,
      mediaType: OCI.manifest,
      artifactType: 'application/vnd.example',
      config: layout.json('application/vnd.oci.empty.v1+json', {}),
      layers: [],
    });
    for (let depth = 0; depth < 12; depth++) index = layout.index(Array.from({ length: 20 }, () => index));
    layout.add(index);
    await expect(opened(`oci:${directory(layout)}`)).rejects.toMatchObject({ code: 'E_NOT_CONTAINER_IMAGE' });
  });

  test('nested indexes are followed to the limit, and the platform is chosen among all leaves', async () => {
    const layout = new LayoutBuilder();
    const platform = (text: string): object => ({ platform: { os: 'linux', architecture: text } });
    const amd = layout.image([base], { extra: platform('amd64') });
    const arm = layout.image([top], { platform: 'linux/arm64', extra: platform('arm64') });
    const attestation = layout.json(
      OCI.manifest,
      {
        schemaVersion: 2,
        mediaType: OCI.manifest,
        config: layout.json(OCI.config, {}),
        layers: [{ mediaType: 'application/vnd.in-toto+json', digest: layout.blob('{}'), size: 2 }],
      },
      {
        platform: { os: 'unknown', architecture: 'unknown' },
        annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
      },
    );
    let index = layout.index([arm, attestation]);
    for (let depth = 0; depth < 12; depth++) index = layout.index([index]);
    layout.add(layout.index([amd, index], tagged('multi')));
    const name = `oci:${directory(layout)}`;
    const onArm = await opened(name, { platform: parsePlatform('aarch64') });
    expect(onArm.layers[0].diffID).toBe(sha256(top));
    expect(onArm.siblings.filter((sibling) => sibling.role === 'attestation')).toHaveLength(1);
    expect((await opened(name, { platform: parsePlatform('amd64') })).layers[0].diffID).toBe(sha256(base));
    expect(await failureOf(opened(name, { platform: parsePlatform('linux/s390x') }))).toMatchObject({
      code: 'E_PLATFORM',
      message: expect.stringMatching(/it has linux\/amd64, linux\/arm64$/) as string,
    });
    for (let depth = 0; depth < 4; depth++) index = layout.index([index]);
    layout.entries.length = 0;
    expect(await failureOf(opened(`oci:${directory(layout.add(layout.index([index])))}`))).toMatchObject({
      code: 'E_LIMIT',
    });
  });

  test('of a sparse index the only image that is there is taken, and another one asked for is E_BLOB_MISSING', async () => {
    const layout = new LayoutBuilder();
    const there = layout.image([base], {
      platform: 'linux/s390x',
      extra: { platform: { os: 'linux', architecture: 's390x' } },
    });
    const gone = layout.image([top], {
      platform: 'linux/ppc64le',
      extra: { platform: { os: 'linux', architecture: 'ppc64le' } },
    });
    layout.add(layout.index([gone, there]));
    layout.blobs.delete(gone.digest as string);
    const name = `oci:${directory(layout)}`;
    expect((await opened(name)).platform?.architecture).toBe('s390x');
    expect(await failureOf(opened(name, { platform: parsePlatform('linux/ppc64le') }))).toMatchObject({
      code: 'E_BLOB_MISSING',
    });
  });

  test('one image is opened whatever its platform, unless another was asked for', async () => {
    const layout = new LayoutBuilder();
    const name = `oci:${directory(layout.add(layout.image([base], { platform: 'linux/s390x' })))}`;
    expect((await opened(name)).platform).toEqual({ os: 'linux', architecture: 's390x' });
    expect(await failureOf(opened(name, { platform: parsePlatform('linux/amd64') }))).toMatchObject({
      code: 'E_PLATFORM',
    });
  });

  test('the configuration is believed over the index about the platform, with an anomaly', async () => {
    const layout = new LayoutBuilder();
    layout.add(
      layout.image([base], {
        platform: 'linux/s390x',
        extra: { platform: { os: 'linux', architecture: 'amd64' } },
      }),
    );
    const image = await opened(`oci:${directory(layout)}`);
    expect(image.platform?.architecture).toBe('s390x');
    expect(codes(image)).toEqual(['platform-mismatch']);
  });

  test('a damaged manifest beside the chosen one does no harm', async () => {
    const layout = new LayoutBuilder();
    layout.add(layout.image([base], { extra: tagged('good') }));
    layout.add({ ...layout.json(OCI.manifest, { schemaVersion: 2, layers: 'x' }), ...tagged('bad') });
    const name = `oci:${directory(layout)}`;
    expect((await opened(`${name}:good`)).tags).toEqual(['good']);
    expect(await failureOf(opened(`${name}:bad`))).toMatchObject({ code: 'E_MANIFEST' });
  });

  test('a missing layer is absent, a foreign one too; a missing configuration is E_BLOB_MISSING', async () => {
    const layout = new LayoutBuilder();
    layout.add(layout.image([base, top]));
    layout.blobs.delete(sha256(top));
    expect((await opened(`oci:${directory(layout)}`)).layers.map((layer) => layer.content)).toMatchObject([
      { kind: 'blob' },
      { kind: 'absent', why: 'missing' },
    ]);
    const foreign = new LayoutBuilder();
    foreign.add(
      foreign.image([top], { layerType: 'application/vnd.oci.image.layer.nondistributable.v1.tar' }),
    );
    foreign.blobs.delete(sha256(top));
    const image = await opened(`oci:${directory(foreign)}`);
    expect(image.layers[0].content).toEqual({ kind: 'absent', why: 'foreign' });
    expect(codes(image)).toEqual(['layer-foreign']);
    const [, config] = [...layout.blobs.keys()].filter((digest) =>
      String(layout.blobs.get(digest)).includes('diff_ids'),
    );
    expect(config).toBeUndefined();
    for (const [digest, bytes] of layout.blobs)
      if (String(bytes).includes('diff_ids')) layout.blobs.delete(digest);
    expect(await failureOf(opened(`oci:${directory(layout)}`))).toMatchObject({ code: 'E_BLOB_MISSING' });
  });

  test('an encrypted layer is absent', async () => {
    const layout = new LayoutBuilder();
    layout.add(layout.image([base], { layerType: `${OCI.layer}+gzip+encrypted` }));
    const image = await opened(`oci:${directory(layout)}`);
    expect(image.layers[0].content).toEqual({ kind: 'absent', why: 'encrypted' });
    expect(codes(image)).toEqual(['layer-encrypted']);
  });

  test('manifests and configurations must have their digest', async () => {
    const layout = new LayoutBuilder();
    layout.add(layout.image([base]));
    for (const [digest, bytes] of layout.blobs) {
      if (bytes === layout.blobs.get(sha256(base))) continue;
      const tampered = new LayoutBuilder();
      tampered.entries.push(...layout.entries);
      for (const [key, value] of layout.blobs)
        tampered.blobs.set(
          key,
          key === digest
            ? Buffer.from(String(value).replace('linux', 'Linux').replace('layers', 'Layers'))
            : value,
        );
      expect(await failureOf(opened(`oci:${directory(tampered)}`))).toMatchObject({
        code: 'E_DIGEST_MISMATCH',
      });
      expect(bytes.length).toBeGreaterThan(0);
    }
  });

  test('a Windows image is opened, with a note', async () => {
    const layout = new LayoutBuilder();
    layout.add(layout.image([base], { platform: 'windows/amd64' }));
    expect(codes(await opened(`oci:${directory(layout)}`))).toEqual(['layer-windows']);
  });

  test('500 layers open, 501 are E_LIMIT', async () => {
    const layers = Array.from({ length: 501 }, (_, i) => tar([[`f${i}`, `${i}`]]));
    const layout = new LayoutBuilder();
    layout.add(layout.image(layers.slice(0, 500)));
    expect((await opened(`oci:${directory(layout)}`)).layers).toHaveLength(500);
    const over = new LayoutBuilder();
    over.add(over.image(layers));
    expect(await failureOf(opened(`oci:${directory(over)}`))).toMatchObject({ code: 'E_LIMIT' });
  });
});
