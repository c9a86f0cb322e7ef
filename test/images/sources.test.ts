import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { listImages, openImage, type OpenOptions } from '../../src/images/open.js';
import type { Image } from '../../src/model/image.js';
import {
  dockerSave,
  failureOf,
  fileOf,
  hex,
  LayoutBuilder,
  sha256,
  tagged,
  tar,
  temporary,
} from './build.js';

const work = temporary();
const options: OpenOptions = { spoolDir: temporary() };
const layer = tar([['a', 'b']]);
const fresh = (): string => mkdtempSync(path.join(work, 'd-'));

async function opened(name: string, more: Partial<OpenOptions> = {}): Promise<Image> {
  const { image, close } = await openImage(name, { ...options, ...more });
  await close();
  return image;
}

describe('what is no image', () => {
  test.each([
    [
      'an ELF program',
      Buffer.concat([Buffer.from('\x7fELF', 'latin1'), Buffer.alloc(600)]),
      'an ELF program',
    ],
    ['text', 'hello\n', 'a text file'],
    ['JSON', '{"a":1}', 'a JSON or text file'],
    ['nothing', '', 'an empty file'],
    ['binary data', Buffer.alloc(2000, 1), 'binary data'],
    ['a zip', 'PK\x03\x04xxxxxx', 'a zip archive'],
    ['text in gzip', gzipSync('hello'), 'a gzip file that holds a text file'],
    [
      'an ELF program in gzip',
      gzipSync(Buffer.concat([Buffer.from('\x7fELF', 'latin1'), Buffer.alloc(600)])),
      'a gzip file that holds an ELF program',
    ],
    ['an ordinary tar', layer, 'a tar archive without manifest.json or index.json'],
    ['an ordinary tar in gzip', gzipSync(layer), 'a tar archive without manifest.json or index.json'],
    ['an empty tar', Buffer.alloc(10240), 'a tar archive without manifest.json or index.json'],
  ])('%s is E_NOT_AN_IMAGE, and the message says what it is', async (_, bytes, what) => {
    expect(await failureOf(opened(fileOf(work, bytes)))).toMatchObject({
      code: 'E_NOT_AN_IMAGE',
      message: expect.stringContaining(what) as string,
    });
  });

  test('a gzip bomb of no tar is refused at its first bytes', async () => {
    const bomb = gzipSync(Buffer.alloc(300 * 1024 * 1024, 'x'));
    expect(await failureOf(opened(fileOf(work, bomb)))).toMatchObject({ code: 'E_NOT_AN_IMAGE' });
  });

  test('an xz archive says how to open it', async () => {
    const file = fileOf(work, Buffer.from('\xfd7zXZ\0\0\x04 and more', 'latin1'));
    expect((await failureOf(opened(file))).hint).toBe(`decompress it first: xz -dc '${file}' | strata -`);
  });

  test('an archive with the image in a folder says so', async () => {
    const members = dockerSave([{ layers: [layer], tags: null }]).map(
      ([name, content]) => [`img/${name}`, content] as const,
    );
    expect((await failureOf(opened(fileOf(work, tar(members))))).hint).toContain("in the folder 'img'");
  });

  test('a directory of something else says how to read it as a tree', async () => {
    const directory = fresh();
    expect(await failureOf(opened(directory))).toMatchObject({
      code: 'E_NOT_AN_IMAGE',
      hint: `to read it as a file tree write rootfs:${directory}`,
    });
    writeFileSync(path.join(directory, 'manifest.json'), '[]');
    expect((await failureOf(opened(directory))).message).toContain('unpacked docker-archive');
  });

  test.each([
    ['a missing file', './missing.tar', 'E_NOT_FOUND'],
    ['a missing file behind a transport', 'docker-archive:/missing.tar', 'E_NOT_FOUND'],
    ['a bare name without a store', 'nginx:1.27', 'E_NOT_FOUND'],
    ['a device', '/dev/zero', 'E_NOT_AN_IMAGE'],
    ['a directory as an archive', 'docker-archive:/', 'E_NOT_AN_IMAGE'],
    ['standard input as a directory', 'oci:-', 'E_USAGE'],
    ['standard input that is not there', '-', 'E_USAGE'],
  ])('%s', async (_, name, code) => {
    expect(await failureOf(opened(name))).toMatchObject({ code, hint: expect.anything() as string });
  });

  test('an interrupt is E_INTERRUPTED', async () => {
    const layout = new LayoutBuilder();
    layout.add(layout.image([layer]));
    const file = fileOf(work, tar(layout.members()));
    expect(await failureOf(opened(file, { signal: AbortSignal.abort() }))).toMatchObject({
      code: 'E_INTERRUPTED',
    });
  });
});

describe('links in a layout directory are never followed; the hint how to do without is for links alone', () => {
  const layout = new LayoutBuilder();
  layout.add(layout.image([layer]));
  const blob = `blobs/sha256/${hex(sha256(layer))}`;

  test('a symbolic link for a blob, even to the right bytes', async () => {
    const directory = layout.write(fresh());
    const outside = fileOf(work, layer);
    execFileSync('rm', [path.join(directory, blob)]);
    symlinkSync(outside, path.join(directory, blob));
    expect(await failureOf(opened(directory))).toMatchObject({
      code: 'E_MANIFEST',
      message: expect.stringContaining('it is a symbolic link, not a regular file') as string,
      hint: expect.stringContaining('cp -rL') as string,
    });
  });

  test('a symbolic link for the folder of blobs', async () => {
    const directory = layout.write(fresh());
    execFileSync('mv', [path.join(directory, 'blobs'), path.join(directory, 'elsewhere')]);
    symlinkSync('elsewhere', path.join(directory, 'blobs'));
    expect(await failureOf(opened(directory))).toMatchObject({
      code: 'E_MANIFEST',
      message: expect.stringContaining('it is below a symbolic link') as string,
      hint: expect.stringContaining('cp -rL') as string,
    });
  });

  test.each([
    ['a device or pipe', 'undefined', (file: string) => execFileSync('mkfifo', [file])],
    ['a directory', 'undefined', (file: string) => mkdirSync(file)],
    ['a symbolic link', 'cp -rL', (file: string) => symlinkSync('/dev/zero', file)],
  ])('%s for a blob', async (what, hint, make) => {
    const directory = layout.write(fresh());
    execFileSync('rm', [path.join(directory, blob)]);
    make(path.join(directory, blob));
    expect(await failureOf(opened(directory))).toMatchObject({
      code: 'E_MANIFEST',
      message: expect.stringContaining(`it is ${what}, not a regular file`) as string,
      hint: expect.stringContaining(hint) as string,
    });
  });

  test('the layout itself may be reached through a link, since the user named it', async () => {
    const directory = layout.write(fresh());
    const link = path.join(work, 'link-to-layout');
    symlinkSync(directory, link);
    expect((await opened(link)).layers).toHaveLength(1);
  });

  test('without oci-layout it is read all the same, with an anomaly', async () => {
    const directory = layout.write(fresh());
    execFileSync('rm', [path.join(directory, 'oci-layout')]);
    expect((await opened(directory)).anomalies.map((anomaly) => anomaly.code)).toEqual([
      'layout-marker-absent',
    ]);
  });
});

describe('rootfs', () => {
  test('a directory is one layer, of which nothing is read yet', async () => {
    const directory = fresh();
    const image = await opened(`rootfs:${directory}`);
    expect(image).toMatchObject({
      transport: 'rootfs',
      platform: undefined,
      rawConfig: undefined,
      config: { diffIDs: [], history: [] },
    });
    expect(image.layers).toMatchObject([
      { position: 1, content: { kind: 'directory', path: directory }, digest: undefined, diffID: undefined },
    ]);
  });

  test.each([
    ['plain', layer, 'none'],
    ['gzip', gzipSync(layer), 'gzip'],
    ['zstd', execFileSync('zstd', ['-c'], { input: layer }), 'zstd'],
  ])('a %s tar is one layer, read in place', async (_, bytes, compression) => {
    const file = fileOf(work, bytes);
    expect((await opened(`rootfs:${file}`)).layers).toMatchObject([
      {
        size: bytes.length,
        content: { kind: 'blob', compression, range: { path: file, offset: 0, length: bytes.length } },
      },
    ]);
  });

  test('what is no tar is E_NOT_AN_IMAGE', async () => {
    expect(await failureOf(opened(`rootfs:${fileOf(work, 'text')}`))).toMatchObject({
      code: 'E_NOT_AN_IMAGE',
    });
  });

  test('a tar from standard input', async () => {
    async function* input(): AsyncGenerator<Buffer> {
      yield await Promise.resolve(layer);
    }
    const { image, close } = await openImage('rootfs:-', { ...options, stdin: input() });
    expect(image.layers[0].size).toBe(layer.length);
    await close();
  });
});

describe('store', () => {
  const layout = new LayoutBuilder();
  const one = layout.image([layer], { extra: tagged('docker.io/library/app:1') });
  const two = layout.image([layer, layer], { extra: tagged('base') });
  layout.add(one).add(two);
  const store = layout.write(fresh());

  test.each([
    ['store:app:1', 1],
    ['app:1', 1],
    ['docker.io/library/app:1', 1],
    ['store:base', 2],
    [`store:${one.digest as string}`, 1],
    [`store:${hex(two.digest as string)}`, 2],
    [`app:1@${one.digest as string}`, 1],
  ])('%s', async (name, layers) => {
    const image = await opened(name, { store });
    expect(image).toMatchObject({ transport: 'store', name: expect.stringMatching(/^store:/) as string });
    expect(image.layers).toHaveLength(layers);
  });

  test('a name that is not there is E_NOT_FOUND, in an empty store too', async () => {
    for (const place of [store, fresh(), path.join(work, 'never-made')])
      for (const name of ['store:other', 'other:1'])
        expect(await failureOf(opened(name, { store: place }))).toMatchObject({ code: 'E_NOT_FOUND' });
  });

  test('an index.json that is no regular file is damage of the store, and what mends it is said', async () => {
    const damaged = fresh();
    const index = path.join(damaged, 'index.json');
    for (const make of [() => mkdirSync(index), () => symlinkSync('/dev/zero', index)]) {
      execFileSync('rm', ['-rf', index]);
      make();
      const readings = [
        () => opened('app:1', { store: damaged }),
        () => listImages('store:any', { ...options, store: damaged }),
      ];
      for (const reading of readings)
        expect(await failureOf(reading())).toMatchObject({
          code: 'E_STORE_DAMAGED',
          hint: expect.stringContaining('fsck --repair') as string,
        });
    }
  });

  test('a file of that name wins over the store', async () => {
    const file = fileOf(work, tar(dockerSave([{ layers: [layer], tags: null }])));
    expect((await opened(file, { store })).transport).toBe('docker-archive');
  });

  test('is listed', async () => {
    expect((await listImages('store:any', { ...options, store })).map((entry) => entry.tags[0])).toEqual([
      'docker.io/library/app:1',
      'base',
    ]);
  });
});

describe('dir', () => {
  test('an index with instances, as skopeo copy --all writes it', async () => {
    const layout = new LayoutBuilder();
    const amd = layout.image([layer], { extra: { platform: { os: 'linux', architecture: 'amd64' } } });
    const arm = layout.image([layer], {
      platform: 'linux/arm64',
      extra: { platform: { os: 'linux', architecture: 'arm64' } },
    });
    const directory = fresh();
    writeFileSync(path.join(directory, 'version'), 'Directory Transport Version: 1.1\n');
    writeFileSync(
      path.join(directory, 'manifest.json'),
      JSON.stringify({
        schemaVersion: 2,
        mediaType: 'application/vnd.oci.image.index.v1+json',
        manifests: [amd, arm],
      }),
    );
    for (const [digest, bytes] of layout.blobs) {
      const manifest = digest === amd.digest || digest === arm.digest;
      writeFileSync(path.join(directory, manifest ? `${hex(digest)}.manifest.json` : hex(digest)), bytes);
    }
    const image = await opened(directory, { platform: { os: 'linux', architecture: 'arm64' } });
    expect(image).toMatchObject({
      transport: 'dir',
      platform: { architecture: 'arm64' },
      siblings: [{ role: 'image' }],
    });
    writeFileSync(path.join(directory, 'version'), 'Directory Transport Version: 9\n');
    expect(await failureOf(opened(directory))).toMatchObject({ code: 'E_MANIFEST' });
  });
});

test('the kind that was sniffed is told', async () => {
  const lines: string[] = [];
  const file = fileOf(work, tar(dockerSave([{ layers: [layer], tags: null }])));
  await opened(file, { log: (line) => lines.push(line) });
  await opened(`docker-archive:${file}`, { log: (line) => lines.push(line) });
  expect(lines).toEqual([`reading docker-archive:${file}`]);
});

test('a named pipe that nobody writes to, or not yet all, is waited for until an interrupt', async () => {
  for (const script of ['sleep 60', 'exec 3<>"$0"; sleep 60', 'exec 3>"$0"; printf begun >&3; sleep 60']) {
    const pipe = path.join(fresh(), 'pipe');
    execFileSync('mkfifo', [pipe]);
    const { spawn } = await import('node:child_process');
    const writer = spawn('sh', ['-c', script, pipe], { detached: true });
    const interrupt = new AbortController();
    const failure = failureOf(opened(pipe, { signal: interrupt.signal }));
    setTimeout(() => {
      interrupt.abort();
    }, 200);
    const { code } = await failure;
    process.kill(-(writer.pid ?? 0));
    expect(code, script).toBe('E_INTERRUPTED');
  }
});

test('a named pipe is spooled', async () => {
  const pipe = path.join(work, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const archive = fileOf(work, tar(dockerSave([{ layers: [layer], tags: null }])));
  const { spawn } = await import('node:child_process');
  const writer = spawn('sh', ['-c', `cat '${archive}' > '${pipe}'`]);
  expect((await opened(pipe)).layers).toHaveLength(1);
  expect(writer.pid).toBeDefined();
});
