import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createAnomalyLog } from '../../src/model/anomaly.js';
import { StrataError } from '../../src/model/error.js';
import { alignHistory } from '../../src/model/history.js';
import { type ImageConfig, readImageConfig } from '../../src/model/image-config.js';
import { descriptorRole, readImageIndex } from '../../src/model/image-index.js';
import { type JsonNode } from '../../src/model/json.js';
import { parseJson } from '../../src/model/json-parse.js';
import { DEFAULT_LIMITS } from '../../src/model/limits.js';
import { classifyDocument, type Manifest, manifestRole, readManifest } from '../../src/model/manifest.js';
import { layerMediaType } from '../../src/model/media-type.js';
import { readSchema1 } from '../../src/model/schema1.js';

const D = (digit: string): string => `sha256:${digit.repeat(64)}`;
const OCI = 'application/vnd.oci.image';
const config = { mediaType: `${OCI}.config.v1+json`, digest: D('c'), size: 10 };
const layer = { mediaType: `${OCI}.layer.v1.tar+gzip`, digest: D('1'), size: 20 };
const good = { schemaVersion: 2, mediaType: `${OCI}.manifest.v1+json`, config, layers: [layer] };

const node = (value: unknown, code: 'E_MANIFEST' | 'E_CONFIG' = 'E_MANIFEST'): JsonNode =>
  parseJson(Buffer.from(JSON.stringify(value)), 'the document', DEFAULT_LIMITS, code);
const read = (value: unknown, declared = '', log = createAnomalyLog()): Manifest =>
  readManifest(node(value), declared, DEFAULT_LIMITS, log);
const codes = (work: (log: ReturnType<typeof createAnomalyLog>) => unknown): string[] => {
  const log = createAnomalyLog();
  work(log);
  return log.list.map((anomaly) => anomaly.code);
};
const throwsCode = (code: string): Error => expect.objectContaining({ code }) as Error;

describe('CVE-2021-41190: a document is of one kind', () => {
  test.each([
    ['manifests beside layers', { ...good, manifests: [] }, ''],
    ['fsLayers beside layers', { ...good, fsLayers: [] }, ''],
    ['an inner media type that says index', { ...good, mediaType: `${OCI}.index.v1+json` }, ''],
    ['a descriptor that says index', { ...good, mediaType: undefined }, `${OCI}.index.v1+json`],
    [
      'a descriptor that says schema 1',
      { ...good, mediaType: undefined },
      'application/vnd.docker.distribution.manifest.v1+json',
    ],
    ['schema version 1', { ...good, schemaVersion: 1 }, ''],
    ['schema version "2"', { ...good, schemaVersion: '2' }, ''],
    ['no schema version', { ...good, schemaVersion: undefined }, ''],
    ['a media type of something else', { ...good, mediaType: 'application/json' }, ''],
    ['nothing to tell by', { schemaVersion: 2 }, ''],
  ])('%s is E_MANIFEST', (_, value, declared) => {
    expect(() => classifyDocument(node(value), declared, createAnomalyLog())).toThrow(
      throwsCode('E_MANIFEST'),
    );
  });

  test('the Docker and the OCI type of one kind may be mixed, with an anomaly', () => {
    const docker = 'application/vnd.docker.distribution.manifest.v2+json';
    expect(codes((log) => expect(classifyDocument(node(good), docker, log)).toBe('manifest'))).toEqual([
      'media-type-mismatch',
    ]);
  });

  test('without any media type its keys decide, with an anomaly', () => {
    expect(
      codes((log) =>
        expect(classifyDocument(node({ ...good, mediaType: undefined }), '', log)).toBe('manifest'),
      ),
    ).toEqual(['manifest-media-type-absent']);
  });

  test('where it need not say its media type, that is no anomaly, whatever the document is called', () => {
    const index = { schemaVersion: 2, manifests: [] };
    const called = { ...node(index), what: 'index.json of x' };
    expect(codes((log) => readImageIndex(called, '', log))).toEqual(['manifest-media-type-absent']);
    expect(codes((log) => readImageIndex(node(index), '', log, { mediaTypeOptional: true }))).toEqual([]);
  });
});

describe('manifest', () => {
  test.each([
    ['E_MANIFEST', { config: undefined }],
    ['E_MANIFEST', { config: [] }],
    ['E_MANIFEST', { layers: {} }],
    ['E_MANIFEST', { layers: [null] }],
    ['E_MANIFEST', { layers: [{ ...layer, size: '20' }] }],
    ['E_MANIFEST', { layers: [{ ...layer, size: -1 }] }],
    ['E_MANIFEST', { layers: [{ ...layer, size: 2 ** 53 }] }],
    ['E_MANIFEST', { layers: [{ ...layer, mediaType: 5 }] }],
    ['E_MANIFEST', { layers: [{ ...layer, urls: ['value'] }] }],
    ['E_MANIFEST', { layers: [{ ...layer, data: 'abc' }] }],
    ['E_SIZE_MISMATCH', { layers: [{ ...layer, data: 'YWJj' }] }],
    ['E_MANIFEST', { layers: [{ ...layer, platform: { os: 'linux' } }] }],
    ['E_MANIFEST', { annotations: { a: 1 } }],
    ['E_DIGEST_INVALID', { layers: [{ ...layer, digest: 'sha256:../../etc/passwd' }] }],
    ['E_DIGEST_INVALID', { config: { ...config, digest: D('C') } }],
    ['E_MEDIA_TYPE', { layers: [{ ...layer, mediaType: `${OCI}.layer.v1.tar+xz` }] }],
    ['E_LIMIT', { layers: Array.from({ length: 501 }, () => layer) }],
  ])('%s for %j', (code, changes) => {
    expect(() => read({ ...good, ...changes })).toThrow(throwsCode(code));
  });

  test('500 layers are read', () => {
    expect(read({ ...good, layers: Array.from({ length: 500 }, () => layer) }).layers).toHaveLength(500);
  });

  test('a key that differs only by case is not the key, and is recorded (Go would take it)', () => {
    const spelled = { ...good, Layers: [], ['layer\u017f']: [], LAYERS: [] };
    expect(codes((log) => expect(read(spelled, '', log).layers).toHaveLength(1))).toEqual([
      'json-key-case',
      'json-key-case',
      'json-key-case',
    ]);
  });

  test.each(['', 'text/html\n', 'application', '.foo/bar', null])(
    'media type %j is an anomaly and read on',
    (mediaType) => {
      expect(codes((log) => read({ ...good, layers: [{ ...layer, mediaType }] }, '', log))).toEqual([
        'media-type-invalid',
      ]);
    },
  );

  test('urls are recorded', () => {
    expect(
      codes((log) => read({ ...good, layers: [{ ...layer, urls: ['http://169.254.169.254/'] }] }, '', log)),
    ).toEqual(['descriptor-urls']);
  });

  test.each([
    ['image', {}],
    ['image', { config: { ...config, mediaType: 'application/vnd.docker.container.image.v1+json' } }],
    ['image', { layers: [] }],
    ['image', { artifactType: `${OCI}.config.v1+json` }],
    ['artifact', { artifactType: 'application/vnd.example' }],
    ['artifact', { config: { ...config, mediaType: 'application/vnd.cncf.helm.config.v1+json' } }],
    ['artifact', { config: { ...config, mediaType: 'application/vnd.oci.empty.v1+json' } }],
    ['artifact', { layers: [{ ...layer, mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json' }] }],
    ['attestation', { layers: [{ ...layer, mediaType: 'application/vnd.in-toto+json' }] }],
  ])('%s: %j', (role, changes) => {
    expect(manifestRole(read({ ...good, ...changes }))).toBe(role);
  });
});

test.each([
  ['image', {}],
  ['image', { mediaType: undefined }],
  ['image', { artifactType: 'application/vnd.docker.container.image.v1+json' }],
  ['index', { mediaType: `${OCI}.index.v1+json` }],
  ['attestation', { platform: { os: 'unknown', architecture: 'unknown' } }],
  ['attestation', { annotations: { 'vnd.docker.reference.type': 'attestation-manifest' } }],
  ['artifact', { artifactType: 'application/spdx+json' }],
  ['unknown', { mediaType: 'application/vnd.oci.descriptor.v1+json' }],
])('an index entry is %s: %j', (role, changes) => {
  const entry = { mediaType: `${OCI}.manifest.v1+json`, digest: D('1'), size: 1, ...changes };
  const index = readImageIndex(node({ schemaVersion: 2, manifests: [entry] }), '', createAnomalyLog());
  expect(descriptorRole(index.manifests[0])).toBe(role);
});

test.each([
  [`${OCI}.layer.v1.tar`, 'none', false, false],
  [`${OCI}.layer.v1.tar+gzip`, 'gzip', false, false],
  [`${OCI}.layer.v1.tar+zstd`, 'zstd', false, false],
  [`${OCI}.layer.nondistributable.v1.tar+zstd`, 'zstd', true, false],
  ['application/vnd.docker.image.rootfs.diff.tar', 'none', false, false],
  ['application/vnd.docker.image.rootfs.diff.tar.gzip', 'gzip', false, false],
  ['application/vnd.docker.image.rootfs.diff.tar.zstd', 'zstd', false, false],
  ['application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', 'gzip', true, false],
  [`${OCI}.layer.v1.tar+gzip+encrypted`, 'gzip', false, true],
  ['application/vnd.sylabs.image.layer.v1.squashfs', undefined, false, false],
])('layer media type %s', (mediaType, compression, foreign, encrypted) => {
  expect(layerMediaType(mediaType)).toEqual({ compression, foreign, encrypted });
});

describe('configuration', () => {
  const full = {
    architecture: 'amd64',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: [D('1')] },
    history: [{ created_by: 'a' }],
  };
  const readConfig = (value: unknown, log = createAnomalyLog()): ImageConfig =>
    readImageConfig(node(value, 'E_CONFIG'), DEFAULT_LIMITS, log);

  test.each([
    ['E_CONFIG', {}],
    ['E_CONFIG', { ...full, os: 123 }],
    ['E_CONFIG', { ...full, variant: 1 }],
    ['E_CONFIG', { ...full, rootfs: [] }],
    ['E_CONFIG', { ...full, rootfs: { type: 'windows', diff_ids: [] } }],
    ['E_CONFIG', { ...full, history: 'x' }],
    [
      'E_DIGEST_INVALID',
      { ...full, rootfs: { type: 'layers', diff_ids: ['md5:d41d8cd98f00b204e9800998ecf8427e'] } },
    ],
  ])('%s for %j', (code, value) => {
    expect(() => readConfig(value)).toThrow(throwsCode(code));
  });

  test('a field that is only shown may have any type: it is left out and recorded', () => {
    const odd = {
      ...full,
      config: { Env: 'x', Cmd: { a: 1 }, ExposedPorts: [], Labels: [], User: 1234, Volumes: { '/v': {} } },
    };
    const log = createAnomalyLog();
    const { execution } = readConfig(odd, log);
    expect(execution).toMatchObject({ env: [], cmd: [], exposedPorts: [], user: '', volumes: ['/v'] });
    expect(log.list.map((anomaly) => anomaly.where).sort()).toEqual([
      'config.Cmd',
      'config.Env',
      'config.ExposedPorts',
      'config.Labels',
      'config.User',
    ]);
  });

  test('null stands for absent, as Go writes it', () => {
    const log = createAnomalyLog();
    expect(
      readConfig({ ...full, config: null, history: null, rootfs: { type: 'layers', diff_ids: null } }, log)
        .diffIDs,
    ).toEqual([]);
    expect(log.list).toEqual([]);
  });

  test('a history may have so many steps as the limit says, which the error names', () => {
    const history = Array.from({ length: 11 }, () => ({ empty_layer: true }));
    const readWith = (steps: number): ImageConfig =>
      readImageConfig(
        node({ ...full, history }, 'E_CONFIG'),
        { ...DEFAULT_LIMITS, history: steps },
        createAnomalyLog(),
      );
    expect(readWith(11).history).toHaveLength(11);
    expect(() => readWith(10)).toThrow(
      expect.objectContaining({
        code: 'E_LIMIT',
        hint: 'raise it with --limit history=COUNT if you trust the image',
      }) as Error,
    );
  });

  test('labels keep a key named __proto__', () => {
    const text = JSON.stringify({ ...full, config: {} }).replace(
      '"config":{}',
      '"config":{"Labels":{"__proto__":"x"}}',
    );
    const root = parseJson(Buffer.from(text), 'c', DEFAULT_LIMITS, 'E_CONFIG');
    expect(readImageConfig(root, DEFAULT_LIMITS, createAnomalyLog()).execution.labels.get('__proto__')).toBe(
      'x',
    );
  });
});

describe('history', () => {
  const step = (createdBy: string, emptyLayer = false): ImageConfig['history'][number] => ({
    created: undefined,
    createdBy,
    author: '',
    comment: '',
    emptyLayer,
  });
  const align = (
    steps: ImageConfig['history'],
    layers: number,
    log = createAnomalyLog(),
  ): (string | undefined)[] => alignHistory({ history: steps }, layers, log).map((made) => made?.createdBy);

  test('empty steps make no layer', () => {
    expect(
      codes((log) => expect(align([step('a'), step('b', true), step('c')], 2, log)).toEqual(['a', 'c'])),
    ).toEqual([]);
  });
  test('too few and too many steps are an anomaly', () => {
    expect(codes((log) => expect(align([step('a')], 2, log)).toEqual(['a', undefined]))).toEqual([
      'history-mismatch',
    ]);
    expect(codes((log) => expect(align([step('a'), step('b')], 1, log)).toEqual(['a']))).toEqual([
      'history-mismatch',
    ]);
    expect(codes((log) => expect(align([], 1, log)).toEqual([undefined]))).toEqual(['history-absent']);
    expect(codes((log) => align([], 0, log))).toEqual([]);
  });
});

describe('schema 1', () => {
  const v1 = (value: object): object => ({ v1Compatibility: JSON.stringify(value) });
  const schema1 = {
    schemaVersion: 1,
    name: 'a',
    tag: 'b',
    architecture: 'amd64',
    fsLayers: [{ blobSum: D('3') }, { blobSum: D('2') }, { blobSum: D('1') }],
    history: [
      v1({ architecture: 'amd64', os: 'linux', container_config: { Cmd: ['top'] } }),
      v1({ throwaway: true }),
      v1({ container_config: { Cmd: ['/bin/sh', '-c', 'base'] } }),
    ],
  };

  test('lists are turned base first, and throwaway steps have no layer', () => {
    const read = readSchema1(node(schema1), DEFAULT_LIMITS, createAnomalyLog());
    expect(read.blobs).toEqual([D('1'), D('3')]);
    expect(read.name).toBe('a:b');
    expect(read.config.history.map((made) => [made.createdBy, made.emptyLayer])).toEqual([
      ['/bin/sh -c base', false],
      ['', true],
      ['top', false],
    ]);
  });

  test.each([
    ['as many of both', { history: [] }, 'E_MANIFEST'],
    ['a blob digest', { fsLayers: schema1.fsLayers.map(() => ({ blobSum: '../x' })) }, 'E_DIGEST_INVALID'],
    ['JSON in v1Compatibility', { history: schema1.history.map(() => ({ v1Compatibility: '{' })) }, 'E_JSON'],
  ])('%s is demanded', (_, changes, code) => {
    expect(() => readSchema1(node({ ...schema1, ...changes }), DEFAULT_LIMITS, createAnomalyLog())).toThrow(
      throwsCode(code),
    );
  });
});

test('mutated documents make the parsers throw nothing but StrataErrors', () => {
  const seeds = [
    good,
    { schemaVersion: 2, manifests: [{ ...layer, platform: { os: 'a', architecture: 'b' } }] },
    {
      architecture: 'a',
      os: 'b',
      config: { Env: ['A=b'], Labels: { a: 'b' } },
      rootfs: { type: 'layers', diff_ids: [D('1')] },
      history: [{ created_by: 'x', empty_layer: true }],
    },
  ].map((value) => JSON.stringify(value));
  const readers = [
    (root: JsonNode) => readManifest(root, '', DEFAULT_LIMITS, createAnomalyLog()),
    (root: JsonNode) => readImageIndex(root, '', createAnomalyLog()),
    (root: JsonNode) => readImageConfig(root, DEFAULT_LIMITS, createAnomalyLog()),
    (root: JsonNode) => readSchema1(root, DEFAULT_LIMITS, createAnomalyLog()),
  ];
  const token = fc.constantFrom('null', '[]', '{}', '""', '-1', '1e99', 'true', '[null]', '{"a":1}', '"x"');
  fc.assert(
    fc.property(
      fc.constantFrom(...seeds),
      fc.array(fc.tuple(fc.nat(), token), { maxLength: 4 }),
      (seed, edits) => {
        let text = seed;
        for (const [at, replacement] of edits) {
          const values = [...text.matchAll(/"(?:[^"\\]|\\.)*"(?!:)|\d+|\[[^[\]{}]*\]|\{[^[\]{}]*\}|true/g)];
          // After an edit of the whole document nothing may be left to edit, as in `null`.
          if (values.length === 0) break;
          const value = values[at % values.length];
          text = text.slice(0, value.index) + replacement + text.slice(value.index + value[0].length);
        }
        for (const reader of readers) {
          try {
            reader(parseJson(Buffer.from(text), 'mutant', DEFAULT_LIMITS, 'E_MANIFEST'));
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(StrataError);
          }
        }
      },
    ),
    { numRuns: 2000 },
  );
});
