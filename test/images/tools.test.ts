import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { openImage, type OpenOptions } from '../../src/images/open.js';
import type { Image } from '../../src/model/image.js';
import { temporary } from './build.js';

const work = temporary();
const options: OpenOptions = { spoolDir: work };

function run(tool: string, ...args: string[]): string {
  return execFileSync(tool, args, {
    cwd: work,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: work },
  });
}

async function opened(name: string): Promise<Image> {
  const { image, close } = await openImage(name, options);
  await close();
  return image;
}

/** What every transport must agree on. */
const essence = (image: Image): object => ({
  diffIDs: image.layers.map((layer) => layer.diffID),
  platform: image.platform,
  execution: image.config.execution,
  history: image.config.history,
});

const copy = (from: string, to: string, ...more: string[]): string =>
  run('skopeo', '--insecure-policy', 'copy', '-q', ...more, from, to);

describe('one image made by umoci, copied by skopeo into every form', () => {
  let expected: Image;
  beforeAll(async () => {
    mkdirSync(path.join(work, 'files/etc'), { recursive: true });
    writeFileSync(path.join(work, 'files/etc/os'), 'base');
    writeFileSync(path.join(work, 'app'), 'app');
    run('umoci', 'init', '--layout', 'layout');
    run('umoci', 'new', '--image', 'layout:v1');
    run('umoci', 'insert', '--image', 'layout:v1', 'files', '/');
    run('umoci', 'insert', '--image', 'layout:v1', 'app', '/usr/bin/app');
    run(
      'umoci',
      'config',
      '--image',
      'layout:v1',
      '--config.env',
      'A=b',
      '--config.cmd',
      '/usr/bin/app',
      '--config.label',
      'x=y',
    );
    expected = await opened(`oci:${work}/layout:v1`);
  });

  test('the layout itself', () => {
    expect(expected.layers).toHaveLength(2);
    expect(expected.config.execution).toMatchObject({ cmd: ['/usr/bin/app'] });
    expect(expected.config.execution.env).toContain('A=b');
    expect(expected.config.execution.labels.get('x')).toBe('y');
    expect(expected.layers.every((layer) => layer.step !== undefined)).toBe(true);
    const manifest = JSON.parse(run('skopeo', 'inspect', '--raw', `oci:${work}/layout:v1`)) as {
      layers: { digest: string; size: number; mediaType: string }[];
    };
    expect(expected.layers.map(({ digest, size, mediaType }) => ({ digest, size, mediaType }))).toEqual(
      manifest.layers.map(({ digest, size, mediaType }) => ({ digest, size, mediaType })),
    );
  });

  test.each([
    ['oci-archive', 'oci.tar:v1', 'oci.tar', []],
    ['docker-archive', 'docker.tar:app:v1', 'docker.tar', []],
    ['dir', 'dir', 'dir', []],
    ['oci', 'layout2:v1', 'layout2', []],
    ['oci', 'layout-zstd:v1', 'layout-zstd', ['--dest-compress-format', 'zstd', '--dest-compress']],
    ['dir', 'dir-docker', 'dir-docker', ['--format', 'v2s2']],
  ])('%s:%s', async (transport, destination, file, flags) => {
    copy('oci:layout:v1', `${transport}:${destination}`, ...flags);
    for (const name of [path.join(work, file), `${transport}:${path.join(work, destination)}`]) {
      const image = await opened(name);
      expect(image.transport).toBe(transport);
      expect(essence(image)).toEqual(essence(expected));
      expect(image.layers.every((layer) => layer.content.kind === 'blob')).toBe(true);
      // skopeo writes OCI manifests without a media type, and in dir: there is no descriptor that says it.
      const notes = transport === 'dir' && flags.length === 0 ? ['manifest-media-type-absent'] : [];
      expect(image.anomalies.map((anomaly) => anomaly.code)).toEqual(notes);
    }
  });

  test('several images in one docker-archive', async () => {
    copy('oci:layout:v1', 'docker-archive:several.tar:app:v1');
    run('umoci', 'tag', '--image', 'layout:v1', 'v2');
    run('umoci', 'config', '--image', 'layout:v2', '--config.env', 'SECOND=1');
    const names = `${work}/several.tar`;
    expect((await opened(`${names}:app:v1`)).layers).toHaveLength(2);
    await expect(openImage(`oci:${work}/layout`, options)).rejects.toMatchObject({
      code: 'E_AMBIGUOUS',
      message: expect.stringContaining('v1, v2') as string,
    });
    expect((await opened(`oci:${work}/layout:v2`)).config.execution.env).toContain('SECOND=1');
  });
});

describe('an image built by buildah and saved by podman', () => {
  const storage = ['--root', `${work}/storage`, '--runroot', `${work}/run`, '--storage-driver', 'vfs'];
  let built = false;
  beforeAll(() => {
    writeFileSync(path.join(work, 'one'), '1');
    writeFileSync(
      path.join(work, 'Containerfile'),
      'FROM scratch\nCOPY one /one\nENV A=b\nCOPY Containerfile /two\n',
    );
    const result = spawnSync(
      'buildah',
      [...storage, 'bud', '--isolation', 'chroot', '--layers', '-t', 'strata-test:1', '.'],
      { cwd: work, encoding: 'utf8' },
    );
    built = result.status === 0;
    if (!built) throw new Error(result.stderr);
  });

  test.each([
    ['docker-archive', 'saved-docker.tar'],
    ['oci-archive', 'saved-oci.tar'],
    ['oci-dir', 'saved-oci'],
    ['docker-dir', 'saved-dir'],
  ])('podman save --format %s', async (format, file) => {
    run(
      'podman',
      ...storage,
      'save',
      '-q',
      '--format',
      format,
      '-o',
      path.join(work, file),
      'localhost/strata-test:1',
    );
    const image = await opened(path.join(work, file));
    const [inspected] = JSON.parse(
      run('podman', ...storage, 'image', 'inspect', 'localhost/strata-test:1'),
    ) as [
      {
        RootFS: { Layers: string[] };
        Config: { Env: string[] };
        History: { created_by: string; empty_layer?: boolean }[];
      },
    ];
    expect(image.layers.map((layer) => layer.diffID)).toEqual(inspected.RootFS.Layers);
    expect(image.config.execution.env).toEqual(inspected.Config.Env);
    expect(image.config.history.map((step) => step.createdBy)).toEqual(
      inspected.History.map((step) => step.created_by),
    );
    expect(image.layers.map((layer) => layer.step?.createdBy)).toEqual(
      inspected.History.filter((step) => step.empty_layer !== true).map((step) => step.created_by),
    );
    expect(image.anomalies).toEqual([]);
  });

  test('an archive of two images by podman save -m', async () => {
    run('podman', ...storage, 'tag', 'localhost/strata-test:1', 'localhost/strata-other:2');
    run(
      'podman',
      ...storage,
      'save',
      '-q',
      '-m',
      '-o',
      path.join(work, 'multi.tar'),
      'localhost/strata-test:1',
      'localhost/strata-other:2',
    );
    const image = await opened(`${work}/multi.tar:localhost/strata-other:2`);
    expect(image.tags).toEqual(
      expect.arrayContaining(['localhost/strata-test:1', 'localhost/strata-other:2']),
    );
    expect(built).toBe(true);
  });
});
