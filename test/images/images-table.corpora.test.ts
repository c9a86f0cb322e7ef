import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ListedImage } from '../../src/images/listing.js';
import { listImages, openImage, type OpenOptions } from '../../src/images/open.js';
import { severityOf } from '../../src/model/anomaly.js';
import { StrataError } from '../../src/model/error.js';
import type { Image } from '../../src/model/image.js';
import { formatPlatform, parsePlatform } from '../../src/model/platform.js';
import { corpora } from '../helpers/corpora.js';
import { temporary } from './build.js';

const options: OpenOptions = { spoolDir: temporary() };

interface Row {
  readonly file: string;
  readonly kind: string;
  readonly verdict: string;
  /** `comp:gzip=3` → 3. */
  readonly facts: ReadonlyMap<string, number>;
}

const rows: Row[] = readFileSync(path.join(corpora(), 'IMAGES.tsv'), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => line.split('\t'))
  .map(([file, kind, , verdict, details = '']) => ({
    file,
    kind,
    verdict,
    facts: new Map(
      details
        .split(' ')
        .map((fact) => [fact.slice(0, fact.lastIndexOf('=')), Number(fact.slice(fact.lastIndexOf('=') + 1))]),
    ),
  }));

const nameOf = (row: Row): string => {
  const target = path.join(corpora(), row.file).replace(/\/$/, '');
  return row.kind === 'oci-dir' ? `oci:${target}` : `${row.kind}:${target}`;
};

/** Opens each manifest that is an image by itself. */
async function openAll(
  listed: readonly ListedImage[],
): Promise<{ images: Image[]; failures: StrataError[] }> {
  const images: Image[] = [];
  const failures: StrataError[] = [];
  for (const entry of listed.filter((one) => one.role === 'image')) {
    try {
      const { image, close } = await openImage(entry.name, options);
      images.push(image);
      await close();
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(StrataError);
      failures.push(thrown as StrataError);
    }
  }
  return { images, failures };
}

function count(texts: Iterable<string | undefined>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const text of texts) if (text !== undefined) counts[text] = (counts[text] ?? 0) + 1;
  return counts;
}

describe('IMAGES.tsv', () => {
  test('has 56 rows', () => {
    expect(rows).toHaveLength(56);
  });

  test.each(
    rows
      .filter((row) => row.kind === 'docker-archive' && row.verdict !== 'OK')
      .map((row) => [row.file, row] as const),
  )('%s is refused, or carries an anomaly of severity error', async (_, row) => {
    try {
      const { image, close } = await openImage(nameOf(row), options);
      await close();
      expect(image.anomalies.filter((anomaly) => severityOf(anomaly) === 'error')).not.toEqual([]);
    } catch (thrown) {
      expect((thrown as StrataError).exitCode).toBe(3);
    }
  });

  test.each(
    rows
      .filter((row) => row.kind === 'docker-archive' && row.verdict === 'OK')
      .map((row) => [row.file, row] as const),
  )('%s: images, layers, compressions and platforms', async (_, row) => {
    const listed = await listImages(nameOf(row), options);
    const { images, failures } = await openAll(listed);
    expect(failures).toEqual([]);
    expect(images).toHaveLength(row.facts.get('images') ?? -1);
    const layers = images.flatMap((image) => image.layers);
    expect(layers).toHaveLength(row.facts.get('layers') ?? -1);
    const compressions = count(
      layers.map((layer) =>
        layer.content.kind === 'blob' ? `comp:${layer.content.compression}` : undefined,
      ),
    );
    expect(compressions).toEqual(
      Object.fromEntries([...row.facts].filter(([key]) => key.startsWith('comp:'))),
    );
    const platforms = count(
      images.map((image) => image.platform && `arch:${formatPlatform(image.platform)}`),
    );
    expect(platforms).toEqual(Object.fromEntries([...row.facts].filter(([key]) => key.startsWith('arch:'))));
    expect(images.flatMap((image) => image.anomalies)).toEqual([]);
  });

  test.each(
    rows
      .filter((row) => row.kind.startsWith('oci') && row.verdict === 'OK')
      .map((row) => [row.file, row] as const),
  )('%s: manifests, presence and platforms', async (_, row) => {
    const listed = await listImages(nameOf(row), options);
    const top = new Set(listed.filter((entry) => !entry.nested).map((entry) => entry.digest));
    const document =
      row.kind === 'oci-dir'
        ? (JSON.parse(readFileSync(path.join(corpora(), row.file, 'index.json'), 'utf8')) as {
            manifests: { digest: string }[];
          })
        : undefined;
    if (document !== undefined) {
      expect(document.manifests).toHaveLength(row.facts.get('images') ?? -1);
      expect(top).toEqual(new Set(document.manifests.map((manifest) => manifest.digest)));
    } else expect(top.size).toBe(row.facts.get('images'));
    const { images, failures } = await openAll(listed);
    expect(failures).toEqual([]);
    expect(
      images.flatMap((image) => image.layers).filter((layer) => layer.content.kind === 'absent'),
    ).toEqual([]);
  });

  test.each(
    rows
      .filter((row) => row.kind.startsWith('oci') && row.verdict !== 'OK')
      .map((row) => [row.file, row] as const),
  )('%s: what is damaged or absent is an error, or left to the verification of layers', async (_, row) => {
    const listed = await listImages(nameOf(row), options);
    const { images, failures } = await openAll(listed);
    if (row.verdict.startsWith('PARTIAL')) {
      expect(images).toEqual([]);
      expect(new Set(failures.map((failure) => failure.code))).toEqual(
        failures.length > 0 ? new Set(['E_BLOB_MISSING']) : new Set(),
      );
      expect(listed.some((entry) => !entry.present)).toBe(true);
    } else if (row.verdict.includes('blob_BAD')) {
      expect(failures.length).toBeGreaterThan(0);
      for (const failure of failures)
        expect(['E_DIGEST_MISMATCH', 'E_SIZE_MISMATCH']).toContain(failure.code);
    } else for (const image of images) for (const layer of image.layers) expect(layer.diffID).toBeDefined();
  });
});

describe('realworld and others, exactly', () => {
  const at = (file: string): string => path.join(corpora(), file);
  const opened = async (name: string, more: Partial<OpenOptions> = {}): Promise<Image> => {
    const { image, close } = await openImage(name, { ...options, ...more });
    await close();
    return image;
  };

  test('the four forms of the same Alpine image have one diffID', async () => {
    const files = [
      'alpine-docker-archive.tar',
      'alpine-oci-archive-zstd.tar',
      'alpine-oci-gzip',
      'alpine-oci-zstd',
    ];
    const images = await Promise.all(files.map((file) => opened(at(`realworld/${file}`))));
    expect(images.map((image) => image.transport)).toEqual(['docker-archive', 'oci-archive', 'oci', 'oci']);
    expect(new Set(images.map((image) => image.layers[0].diffID)).size).toBe(1);
    expect(images.map((image) => image.layers[0].content)).toMatchObject([
      { compression: 'none' },
      { compression: 'zstd' },
      { compression: 'gzip' },
      { compression: 'zstd' },
    ]);
  });

  test("skopeo's dir: with a schema 1 manifest: the throwaway layer is left out", async () => {
    const image = await opened(at('realworld/alpine-dir-schema1'));
    expect(image).toMatchObject({
      transport: 'dir',
      descriptor: undefined,
      platform: { os: 'linux', architecture: 'amd64' },
    });
    expect(image.layers).toMatchObject([
      {
        digest: 'sha256:625523cb9cce7a1bcc1d03e3038de4843a27af3b92d859004bcefb0027291933',
        size: 5894656,
        diffID: undefined,
      },
    ]);
    expect(image.layers[0].step?.createdBy).toContain('ADD file:');
    expect(image.config.history).toHaveLength(2);
  });

  test.each(['linux/amd64', 'linux/arm/v7', 'linux/arm64'])(
    'the multi-platform index gives %s',
    async (platform) => {
      const image = await opened(at('realworld/busybox-oci-multi'), { platform: parsePlatform(platform) });
      expect(image.platform?.architecture).toBe(platform.split('/')[1]);
      expect(image.siblings.map((sibling) => sibling.role).sort()).toEqual(['image', 'image', 'index']);
    },
  );

  test('another platform is E_PLATFORM, and the message lists those there are', async () => {
    await expect(
      opened(at('realworld/busybox-oci-multi'), { platform: parsePlatform('linux/s390x') }),
    ).rejects.toMatchObject({
      code: 'E_PLATFORM',
      message: expect.stringMatching(/it has (?:linux\/(?:amd64|arm64|arm\S*)(?:, )?){3}$/) as string,
    });
  });

  test('a referrer is a sibling, not a second image', async () => {
    const image = await opened(at('realworld/busybox-oci-referrers'));
    expect(image.tags).toEqual(['amd64']);
    expect(image.siblings).toMatchObject([{ role: 'artifact', present: true }]);
  });

  test("crane's archive of two images: listed, and each opened by name or place", async () => {
    const file = at('realworld/two-images-crane.tar');
    await expect(opened(file)).rejects.toMatchObject({
      code: 'E_AMBIGUOUS',
      message: expect.stringContaining('127.0.0.1:5999/dive:1') as string,
    });
    expect((await opened(`${file}:127.0.0.1:5999/dive:1`)).layers).toHaveLength(14);
    expect((await opened(`${file}:@0`)).layers).toHaveLength(1);
    await expect(opened(`${file}:@2`)).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
    await expect(opened(`${file}:other`)).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
      hint: expect.stringContaining('dive:1') as string,
    });
  });

  test("Docker 25's hybrid with an empty index.json is read by manifest.json, with its blobs' digests and types", async () => {
    const image = await opened(at('go-containerregistry/pkg/v1/tarball/hello-world-v25.tar'));
    expect(image.transport).toBe('docker-archive');
    expect(image.layers[0]).toMatchObject({
      digest: image.layers[0].diffID,
      mediaType: 'application/vnd.oci.image.layer.v1.tar',
      size: 10752,
    });
  });

  test('a layer that is a symbolic link to another image’s layer is that layer', async () => {
    const file = at('go-containerregistry/pkg/v1/tarball/test_link.tar');
    const [one, three] = await Promise.all(
      [1, 3].map((n) => opened(`${file}:bazel/v1/tarball:test_image_${n}`)),
    );
    expect(three.layers[0].content).toEqual(one.layers[0].content);
  });

  test('a Helm chart is E_NOT_CONTAINER_IMAGE, and the message says what it is', async () => {
    await expect(
      opened(at('go-containerregistry/pkg/v1/layout/test_index_media_type')),
    ).rejects.toMatchObject({
      code: 'E_NOT_CONTAINER_IMAGE',
      message: expect.stringContaining('helm') as string,
    });
  });

  test('an archive from before manifest.json says how to renew it', async () => {
    await expect(opened(at('go-containerregistry/pkg/v1/tarball/no_manifest.tar'))).rejects.toMatchObject({
      code: 'E_NOT_AN_IMAGE',
      hint: expect.stringContaining('save it again') as string,
    });
  });

  test('cosign signatures and attestations beside an image are artifacts', async () => {
    const image = await opened(at('sylabs-oci-tools/hello-world-cosign-manifest'));
    expect(image.layers).toHaveLength(1);
    expect(image.siblings.map((sibling) => sibling.role)).toEqual(['artifact', 'artifact']);
  });

  test('fifty layers are fifty layers', async () => {
    expect((await opened(at('sylabs-oci-tools/many-layers'))).layers).toHaveLength(50);
  });
});

describe('regclient/testrepo', () => {
  const repo = path.join(corpora(), 'regclient', 'testrepo');
  const name = `oci:${repo}`;

  test('several tags are ambiguous, artifacts are not among the choices', async () => {
    await expect(openImage(name, options)).rejects.toMatchObject({
      code: 'E_AMBIGUOUS',
      message: expect.stringMatching(/b1, b2, b3, v1, v2, v3/) as string,
    });
  });

  test.each(['b1', 'b2', 'b3', 'v1', 'v2', 'v3'])('%s opens for every platform it has', async (tag) => {
    const listed = await listImages(name, options);
    const { image } = await openImage(`${name}:${tag}`, {
      ...options,
      platform: parsePlatform('linux/amd64'),
    });
    expect(image.tags).toContain(tag);
    const platforms = image.siblings
      .filter(
        (sibling) =>
          sibling.role === 'image' &&
          sibling.platform !== undefined &&
          sibling.platform.architecture !== 'amd64',
      )
      .map((s) => s.platform);
    for (const platform of platforms) {
      const other = await openImage(`${name}:${tag}`, { ...options, platform });
      expect(other.image.platform).toMatchObject({ architecture: platform?.architecture });
    }
    expect(listed.some((entry) => entry.tags.includes(tag))).toBe(true);
  });

  test('attestations of BuildKit are siblings of v3, never a platform', async () => {
    const listed = await listImages(name, options);
    const attestations = listed.filter((entry) => entry.role === 'attestation');
    expect(new Set(attestations.map((entry) => entry.digest)).size).toBe(2);
    for (const attestation of attestations)
      await expect(openImage(attestation.name, options)).rejects.toMatchObject({
        code: 'E_NOT_CONTAINER_IMAGE',
      });
  });

  test.each(['a1', 'a2', 'a3', 'ai', 'loop', 'a-example'])(
    'artifact %s is E_NOT_CONTAINER_IMAGE',
    async (tag) => {
      await expect(openImage(`${name}:${tag}`, options)).rejects.toMatchObject({
        code: 'E_NOT_CONTAINER_IMAGE',
      });
    },
  );

  test('a manifest deep in an index opens by its digest', async () => {
    const listed = await listImages(name, options);
    const nested = listed.find((entry) => entry.nested && entry.role === 'image');
    const { image } = await openImage(nested?.name ?? '', options);
    expect(image.descriptor?.digest).toBe(nested?.digest);
  });

  test('every blob of every image is located with its real size', async () => {
    const listed = await listImages(name, options);
    const { images, failures } = await openAll(listed);
    expect(failures).toEqual([]);
    expect(images.length).toBeGreaterThan(15);
    for (const image of images)
      for (const layer of image.layers) {
        expect(layer.content.kind).toBe('blob');
        if (layer.content.kind === 'blob') expect(layer.content.range.length).toBe(layer.size);
      }
    expect(existsSync(repo)).toBe(true);
  });
});
