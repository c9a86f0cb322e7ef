import { describe, expect, test } from 'vitest';
import { createAnomalyLog } from '../../../src/model/anomaly.js';
import { parseDigest } from '../../../src/model/digest.js';
import { readImageConfig } from '../../../src/model/image-config.js';
import type { Image } from '../../../src/model/image.js';
import { parseJson } from '../../../src/model/json-parse.js';
import { DEFAULT_LIMITS } from '../../../src/model/limits.js';
import { readManifest } from '../../../src/model/manifest.js';
import { type CommitDetails, commitTime, newConfig } from '../../../src/runtime/commit/new-config.js';
import { newManifest } from '../../../src/runtime/commit/new-manifest.js';

/* A commit changes of an image's documents what it says, and nothing else. */

const digest = (n: number) => parseDigest(`sha256:${String(n).repeat(64)}`);
const OLD = {
  created: '2020-01-01T00:00:00Z',
  architecture: 'arm64',
  variant: 'v8',
  os: 'linux',
  container_config: { Cmd: ['old'] },
  'moby.buildkit.cache.v0': 'xx',
  config: { Env: ['PATH=/bin', 'A=1'], Cmd: ['sh'], WorkingDir: '/srv', Unknown: { deep: [1, null] } },
  rootfs: { type: 'layers', diff_ids: [digest(1), digest(2), digest(3)] },
  history: [
    { created_by: 'one', odd: true },
    { created_by: 'ENV A=1', empty_layer: true },
    { created_by: 'two' },
    { created_by: 'CMD sh', empty_layer: true },
    { created_by: 'three' },
    { created_by: 'LABEL x', empty_layer: true },
  ],
  unknown: { kept: 'yes' },
};

function imageOf(config: object, layers = 3): Image {
  const rawConfig = Buffer.from(JSON.stringify(config));
  const parsed = readImageConfig(
    parseJson(rawConfig, 'test', DEFAULT_LIMITS),
    DEFAULT_LIMITS,
    createAnomalyLog(),
  );
  return {
    rawConfig,
    config: parsed,
    layers: Array.from({ length: layers }, () => ({ size: 1 })),
  } as unknown as Image;
}

interface Result {
  readonly [key: string]: unknown;
  readonly config: Record<string, unknown>;
  readonly history: readonly Record<string, unknown>[];
  readonly rootfs: { readonly diff_ids: readonly string[] };
}

function commit(details: Partial<CommitDetails>, n = 3, old: object = OLD): Result | undefined {
  const diffIDs = [digest(1), digest(2), digest(3)];
  const bytes = newConfig(
    { image: imageOf(old), n, diffIDs },
    { diffID: undefined, created: '2026-01-01T00:00:00.000Z', createdBy: 'sh -c x', ...details },
  );
  return bytes === undefined ? undefined : (JSON.parse(Buffer.from(bytes).toString()) as Result);
}

const changed = (...changes: string[]): Record<string, unknown> => {
  const made = commit({ changes });
  if (made === undefined) throw new Error('the same image');
  return made.config;
};

describe('the configuration', () => {
  test('gets the layer and its step, and keeps what nobody knows', () => {
    const made = commit({ diffID: digest(4), author: 'me', comment: 'why' });
    expect(made?.rootfs).toEqual({ type: 'layers', diff_ids: [1, 2, 3, 4].map(digest) });
    expect(made?.history).toEqual([
      ...OLD.history,
      { created: '2026-01-01T00:00:00.000Z', created_by: 'sh -c x', author: 'me', comment: 'why' },
    ]);
    expect(made?.config).toEqual(OLD.config);
    expect(made).toMatchObject({
      unknown: OLD.unknown,
      variant: 'v8',
      author: 'me',
      'moby.buildkit.cache.v0': 'xx',
    });
    expect(made).not.toHaveProperty('container_config');
  });

  test('is the same image when nothing is said', () => {
    expect(commit({})).toBeUndefined();
    expect(commit({ changes: ['ENV A=1', '# a comment', ''] })).toBeUndefined();
  });

  test('has an empty step for a change without a layer', () => {
    const made = commit({ changes: ['USER me'] });
    expect(made?.history.at(-1)).toMatchObject({ empty_layer: true });
    expect(made?.rootfs.diff_ids).toHaveLength(3);
  });

  test('below the top ends with the step of its layer', () => {
    const made = commit({ diffID: digest(4) }, 2);
    expect(made?.rootfs.diff_ids).toEqual([1, 2, 4].map(digest));
    expect(made?.history.map((step) => step.created_by)).toEqual(['one', 'ENV A=1', 'two', 'sh -c x']);
    expect(made).not.toHaveProperty(['moby.buildkit.cache.v0']);
    expect(commit({}, 1)?.history).toEqual([OLD.history[0]]);
  });

  test('has as many steps as layers, whatever the history was', () => {
    for (const history of [
      undefined,
      [],
      [{ created_by: 'one' }],
      Array.from({ length: 9 }, () => ({ created_by: 'x' })),
    ]) {
      const made = commit({ diffID: digest(4) }, 3, { ...OLD, history });
      expect(made?.history.filter((step) => step.empty_layer !== true)).toHaveLength(4);
      expect(made?.history.at(-1)?.created_by).toBe('sh -c x');
    }
  });

  test('is made for an image without one', () => {
    const image = {
      ...imageOf(OLD, 1),
      rawConfig: undefined,
      config: { ...imageOf(OLD).config, history: [] },
    };
    const bytes = newConfig(
      { image, n: 1, diffIDs: [digest(1)] },
      { diffID: digest(4), created: commitTime(new Date(5), 0), createdBy: '' },
    );
    expect(JSON.parse(Buffer.from(bytes ?? '').toString())).toMatchObject({
      created: '1970-01-01T00:00:00.000Z',
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: [digest(1), digest(4)] },
    });
  });
});

describe('--change', () => {
  test.each([
    ['CMD ["a", "b"]', { Cmd: ['a', 'b'] }],
    ['cmd echo "$HOME" x', { Cmd: ['/bin/sh', '-c', 'echo "$HOME" x'] }],
    ['CMD []', { Cmd: [] }],
    ['ENV B=2', { Env: ['PATH=/bin', 'A=1', 'B=2'] }],
    ['ENV A=2 PATH=$PATH:/x', { Env: ['PATH=/bin:/x', 'A=2'] }],
    [
      'ENV B="a b" C=\'$A\' D=a\\ b E="\\$A${A}"',
      { Env: ['PATH=/bin', 'A=1', 'B=a b', 'C=$A', 'D=a b', 'E=$A1'] },
    ],
    ['ENV A=2 B=$A', { Env: ['PATH=/bin', 'A=2', 'B=1'] }],
    ['ENV B two words', { Env: ['PATH=/bin', 'A=1', 'B=two words'] }],
    ['ENV B=${NONE:-x${A}} C=${A:+set} D=$NONE', { Env: ['PATH=/bin', 'A=1', 'B=x1', 'C=set', 'D='] }],
    ['LABEL a=b "c d"="e f"', { Labels: { a: 'b', 'c d': 'e f' } }],
    [
      'EXPOSE 80 53/udp 8000-8002',
      { ExposedPorts: { '80/tcp': {}, '53/udp': {}, '8000/tcp': {}, '8001/tcp': {}, '8002/tcp': {} } },
    ],
    ['VOLUME /a /b', { Volumes: { '/a': {}, '/b': {} } }],
    ['VOLUME ["/a b"]', { Volumes: { '/a b': {} } }],
    ['USER 1:2', { User: '1:2' }],
    ['WORKDIR sub/../other', { WorkingDir: '/srv/other' }],
    ['WORKDIR /x$A', { WorkingDir: '/x1' }],
    ['STOPSIGNAL SIGRTMIN+3', { StopSignal: 'SIGRTMIN+3' }],
    ['ONBUILD RUN make $X', { OnBuild: ['RUN make $X'] }],
    ['HEALTHCHECK NONE', { Healthcheck: { Test: ['NONE'] } }],
    [
      'HEALTHCHECK --interval=1m30s --retries=3 CMD curl -f x || exit 1',
      { Healthcheck: { Test: ['CMD-SHELL', 'curl -f x || exit 1'], Interval: 90e9, Retries: 3 } },
    ],
    ['HEALTHCHECK CMD ["a", "b"]', { Healthcheck: { Test: ['CMD', 'a', 'b'] } }],
    [
      'SHELL ["/bin/bash", "-c"]\nCMD x \\\n  y',
      { Shell: ['/bin/bash', '-c'], Cmd: ['/bin/bash', '-c', 'x   y'] },
    ],
  ])('%s', (change, expected) => {
    expect(changed(change)).toEqual({ ...OLD.config, ...expected });
  });

  test('ENTRYPOINT takes back a CMD of the image, and none of the commit', () => {
    const { Cmd, ...rest } = OLD.config;
    expect(Cmd).toBeDefined();
    expect(changed('ENTRYPOINT ["e"]')).toEqual({ ...rest, Entrypoint: ['e'] });
    expect(changed('CMD ["c"]', 'ENTRYPOINT e')).toMatchObject({
      Cmd: ['c'],
      Entrypoint: ['/bin/sh', '-c', 'e'],
    });
    expect(changed('ENTRYPOINT e', 'CMD ["c"]')).toMatchObject({ Cmd: ['c'] });
  });

  test.each(
    (
      'RUN x|FROM x|NONSENSE|CMD|ENV A|ENV =x|ENV A=1 B|ENV A="x|ENV A=${A|ENV A=${A:?x}|EXPOSE x|EXPOSE 70000|EXPOSE 9-8|' +
      'USER a b|STOPSIGNAL NOPE|STOPSIGNAL 65|ONBUILD ONBUILD x|ONBUILD FROM x|HEALTHCHECK x|HEALTHCHECK CMD|' +
      'HEALTHCHECK --interval=1 CMD x|HEALTHCHECK --interval=1us CMD x|HEALTHCHECK --no=1 CMD x|SHELL x|VOLUME [""]'
    ).split('|'),
  )('%s is refused', (change) => {
    expect(() => commit({ changes: [change] })).toThrow(
      expect.objectContaining({ code: 'E_USAGE' }) as Error,
    );
  });
});

describe('the manifest', () => {
  test('is one of OCI with the old blobs, and without what names the old bytes', () => {
    const annotations = new Map([
      ['org.opencontainers.image.base.digest', 'sha256:x'],
      ['org.opencontainers.image.created', 'then'],
      ['org.opencontainers.image.licenses', 'MIT'],
      ['__proto__', 'kept'],
    ]);
    const bytes = newManifest({
      config: { digest: digest(9), size: 9 },
      layers: [
        {
          mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
          digest: digest(1),
          size: 1,
          annotations: new Map([['toc', 'x']]),
        },
        {
          mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
          digest: digest(2),
          size: 2,
          urls: ['https://x'],
        },
        { mediaType: 'application/vnd.oci.image.layer.v1.tar+zstd', digest: digest(3), size: 3 },
      ],
      annotations,
      created: 'now',
    });
    const anomalies = createAnomalyLog();
    const manifest = readManifest(parseJson(bytes, 'test', DEFAULT_LIMITS), '', DEFAULT_LIMITS, anomalies);
    expect(anomalies.list.map(({ code }) => code)).toEqual(['descriptor-urls']);
    expect(manifest.layers.map((layer) => layer.mediaType)).toEqual([
      'application/vnd.oci.image.layer.v1.tar+gzip',
      'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
      'application/vnd.oci.image.layer.v1.tar+zstd',
    ]);
    expect(manifest.layers[0].annotations).toEqual(new Map([['toc', 'x']]));
    expect([...manifest.annotations]).toEqual([
      ['org.opencontainers.image.created', 'now'],
      ['org.opencontainers.image.licenses', 'MIT'],
      ['__proto__', 'kept'],
    ]);
  });
});
