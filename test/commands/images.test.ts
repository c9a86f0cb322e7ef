import { hash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import Copy from '../../src/commands/copy.js';
import Fsck from '../../src/commands/fsck.js';
import Images from '../../src/commands/images.js';
import Inspect from '../../src/commands/inspect.js';
import Rmi from '../../src/commands/rmi.js';
import Save from '../../src/commands/save.js';
import Tag from '../../src/commands/tag.js';
import { openImage } from '../../src/images/open.js';
import { canonicalName, familiarName } from '../../src/model/distribution-name.js';
import { compileReferencePattern } from '../../src/model/reference-pattern.js';
import { whileWriting } from '../../src/store/writing.js';
import { openStore } from '../../src/store/store.js';
import { storePaths } from '../../src/store/paths.js';
import { DEMO, linesOf, useFolder, validJson } from '../helpers/look.js';
import { FIXTURES, runCommand } from '../helpers/run-command.js';
import { filesIn } from '../helpers/stored-images.js';
import { tool } from '../helpers/tool.js';

/* Wherever an image goes, its bytes go as they are; what nothing needs goes from the store. */

const folder = useFolder();
let places = 0;
let place = '';
beforeEach(() => {
  place = path.join(folder(), `p${String(places++)}`);
  mkdirSync(place);
  vi.stubEnv('STRATA_STORE', path.join(place, 'store'));
});

const at = (name: string): string => path.join(place, name);
const fixture = (name: string): string => path.join(FIXTURES, name);
const blobs = (): string[] => readdirSync(at('store/blobs/sha256'));
const sha256 = (bytes: Uint8Array): string => hash('sha256', bytes);
const copy = (...argv: string[]) => runCommand(Copy, argv);

async function copied(source: string, destination: string, ...flags: string[]): Promise<Written> {
  const ended = await copy(source, destination, ...flags, '--json');
  expect([ended.status, ended.stdout.slice(0, ended.status === 0 ? 0 : 300)]).toEqual([0, '']);
  return (validJson('copy.json', ended) as { images: [Written] }).images[0];
}

interface Written {
  readonly digest: string;
  readonly config: string;
  readonly kept: boolean;
  readonly notes: readonly string[];
  readonly layers: readonly { readonly digest: string; readonly diffID: string; readonly written: boolean }[];
}

async function digestsOf(name: string) {
  const { image, close } = await openImage(name, { spoolDir: folder(), store: at('store') });
  await close();
  return {
    manifest: image.descriptor?.digest,
    layers: image.layers.map(({ digest }) => digest),
    diffIDs: image.layers.map(({ diffID }) => diffID),
    anomalies: image.anomalies.map(({ code }) => code),
  };
}

const TARGETS = [
  'docker-archive:d.tar:app:1',
  'oci-archive:o.tar:app:1',
  'oci:layout:v1',
  'dir:dir',
  'store:app:1',
];

describe('copied there and back it is the same', () => {
  test.each(['oci:oci:1', 'docker-hybrid.tar', 'oci-archive.tar', 'dir', 'oci-estargz', 'demo.tar'])(
    '%s',
    async (name) => {
      const source = name.startsWith('oci:') ? `oci:${fixture(name.slice(4))}` : fixture(name);
      const first = await copied(source, 'store:origin');
      const before = await digestsOf('store:origin');
      const known = await digestsOf(source);
      if (known.manifest !== undefined) expect([first.kept, before.manifest]).toEqual([true, known.manifest]);
      expect(before.diffIDs).toEqual(known.diffIDs);
      for (const target of TARGETS) {
        const [transport, where = '', ...tag] = target.split(':');
        const destination = transport === 'store' ? target : [transport, at(where), ...tag].join(':');
        const made = await copied('origin', destination);
        expect([target, made.kept, made.digest]).toEqual([target, true, before.manifest]);
        // Of a docker-archive that says so only manifest.json is read; it has the layout too.
        const whole = transport === 'docker-archive' ? at(where) : destination;
        expect([target, await digestsOf(whole)]).toEqual([target, before]);
        const back = await copied(whole, 'store:back');
        expect(back.digest).toBe(before.manifest);
        if (transport === 'docker-archive')
          expect((await digestsOf(destination)).diffIDs).toEqual(before.diffIDs);
      }
      expect((await runCommand(Fsck, ['--full'])).status).toBe(0);
    },
  );

  test('skopeo finds the same digests in every form, and podman reads the names', async () => {
    await copied(DEMO, 'store:app:1');
    const { manifest } = await digestsOf('store:app:1');
    for (const target of TARGETS.slice(1, 4)) {
      const [transport, where = '', ...tag] = target.split(':');
      const destination = [transport, at(where), ...tag].join(':');
      await copied('app:1', destination);
      const digest = at(`digest-${transport}`);
      await tool('skopeo', [
        '--insecure-policy',
        'copy',
        '-q',
        '--digestfile',
        digest,
        destination,
        `dir:${at(`s-${transport}`)}`,
      ]);
      expect(readFileSync(digest, 'utf8')).toBe(manifest);
    }
    await copied('app:1', `docker-archive:${at('d.tar')}:app:1`);
    const list = JSON.parse(await tool('skopeo', ['list-tags', `docker-archive:${at('d.tar')}`])) as {
      Tags: string[];
    };
    expect(list.Tags).toEqual(['app:1']);
    const config = await tool('skopeo', [
      'inspect',
      '--config',
      '--raw',
      `docker-archive:${at('d.tar')}:app:1`,
    ]);
    expect(config).toBe(await tool('skopeo', ['inspect', '--config', '--raw', `oci:${at('layout')}:v1`]));
  });
});

describe('what a form cannot hold', () => {
  test('zstd in a docker-archive: the layers are plain, their diffIDs the same, and it is said', async () => {
    const before = await digestsOf(fixture('oci-zstd'));
    const ended = await copy(fixture('oci-zstd'), `docker-archive:${at('d.tar')}:app:1`);
    expect([ended.status, ended.stderr]).toEqual([0, expect.stringMatching(/layer 1: zstd, .*uncompressed/)]);
    const after = await digestsOf(`docker-archive:${at('d.tar')}:app:1`);
    expect(after.diffIDs).toEqual(before.diffIDs);
    expect(after.layers).toEqual(before.diffIDs);
    await tool('skopeo', [
      '--insecure-policy',
      'copy',
      '-q',
      `docker-archive:${at('d.tar')}:app:1`,
      `dir:${at('s')}`,
    ]);
    expect((await copied(fixture('oci-zstd'), `oci:${at('layout')}:v1`)).kept).toBe(true);
  });

  test('a layer that is held elsewhere stays a descriptor in a layout, and is refused in a docker-archive', async () => {
    const made = await copied(fixture('oci-foreign'), `oci:${at('layout')}:v1`);
    expect([made.kept, made.layers.some(({ written }) => !written), made.notes.length]).toEqual([
      true,
      true,
      1,
    ]);
    const ended = await copy(fixture('oci-foreign'), `docker-archive:${at('d.tar')}`, '-q');
    expect([ended.status, ended.stderr.split(':')[0]]).toEqual([4, 'E_LAYER_UNAVAILABLE']);
    expect(existsSync(at('d.tar'))).toBe(false);
  });

  test('a layer that is not what it says leaves nothing behind', async () => {
    await copied(DEMO, `oci:${at('damaged')}:v1`);
    const name = readdirSync(at('damaged/blobs/sha256')).find(
      (blob) => readFileSync(path.join(at('damaged/blobs/sha256'), blob)).length > 100_000,
    );
    const blob = path.join(at('damaged/blobs/sha256'), String(name));
    const bytes = readFileSync(blob);
    bytes[50_000] ^= 1;
    writeFileSync(blob, bytes);
    mkdirSync(at('out'));
    for (const target of [
      'docker-archive:out/d.tar',
      'oci-archive:out/o.tar',
      'oci:out/layout:v1',
      'dir:out/dir',
    ]) {
      const ended = await copy(`oci:${at('damaged')}:v1`, target.replace(':', `:${place}/`));
      expect([target, ended.status, ended.stderr.split(':')[0]]).toEqual([target, 3, 'E_DIGEST_MISMATCH']);
    }
    expect(readdirSync(at('out'))).toEqual([]);
    const stored = await copy(`oci:${at('damaged')}:v1`, 'store:app:1');
    expect([stored.status, (await runCommand(Images, ['-q'])).stdout]).toEqual([3, '']);
    // What is written to standard output is cut off before the documents that would make it an image.
    const saved = await runCommand(Save, [`oci:${at('damaged')}:v1`]);
    expect([saved.status, saved.bytes.includes('manifest.json')]).toEqual([3, false]);
  });

  test('a damaged blob that is there is healed by the next copy of its image, in the store and in a layout', async () => {
    for (const [target, layout] of [
      ['store:app:1', 'store'],
      [`oci:${at('layout')}:v1`, 'layout'],
    ]) {
      await copied(DEMO, target);
      const folder = at(`${layout}/blobs/sha256`);
      for (const name of readdirSync(folder)) {
        const bytes = readFileSync(path.join(folder, name));
        bytes[bytes.length >> 1] ^= 1;
        rmSync(path.join(folder, name));
        writeFileSync(path.join(folder, name), bytes);
      }
      await copied(DEMO, target);
      for (const name of readdirSync(folder))
        expect([layout, sha256(readFileSync(path.join(folder, name)))]).toEqual([layout, name]);
    }
    expect((await runCommand(Fsck, [])).status).toBe(0);
  });

  test('nothing is overwritten unasked', async () => {
    writeFileSync(at('d.tar'), 'mine');
    mkdirSync(at('mine'));
    writeFileSync(at('mine/file'), 'mine');
    for (const target of ['docker-archive:d.tar', 'oci:mine:v1', 'dir:mine'])
      expect((await copy(DEMO, target.replace(':', `:${place}/`))).status).not.toBe(0);
    expect([readFileSync(at('d.tar'), 'utf8'), readdirSync(at('mine'))]).toEqual(['mine', ['file']]);
    expect((await copy(DEMO, `docker-archive:${at('d.tar')}`, '--force')).status).toBe(0);
    await copied(DEMO, 'store:app:1');
    const own = await copy(DEMO, `oci:${at('store')}:v1`, '-q');
    expect([own.status, own.stderr]).toEqual([2, expect.stringMatching(/write store:NAME/)]);
  });
});

describe('a layout that is there', () => {
  test('keeps its other images; the same name means the new one', async () => {
    await copied(DEMO, `oci:${at('layout')}:one`);
    await copied(fixture('demo-zstd'), `oci:${at('layout')}:two`);
    await copied(fixture('demo-zstd'), `oci:${at('layout')}:one`);
    const { manifests } = JSON.parse(readFileSync(at('layout/index.json'), 'utf8')) as {
      manifests: { digest: string; annotations: Record<string, string> }[];
    };
    expect(manifests.map(({ annotations }) => annotations['org.opencontainers.image.ref.name'])).toEqual([
      'two',
      'one',
    ]);
    expect(new Set(manifests.map(({ digest }) => digest)).size).toBe(1);
  });
});

describe('save', () => {
  test('several names and images share their blobs, and the bytes are the same each time', async () => {
    await copied(DEMO, 'store:app:1');
    await runCommand(Tag, ['app:1', 'app:2']);
    await copied(fixture('docker-hybrid.tar'), 'store:other/name');
    const first = await runCommand(Save, ['app:1', 'app:2', 'other/name', '-o', at('a.tar'), '--json']);
    const { images } = validJson('save.json', first) as { images: { names: string[] }[] };
    expect(images.map(({ names }) => names)).toEqual([['app:1', 'app:2'], ['other/name:latest']]);
    const second = await runCommand(Save, ['app:1', 'app:2', 'other/name']);
    expect(second.bytes.equals(readFileSync(at('a.tar')))).toBe(true);
    const members = linesOf(await tool('tar', ['tf', at('a.tar')]));
    expect(new Set(members).size).toBe(members.length);
    for (const name of ['app:1', 'app:2', 'other/name:latest'])
      expect((await digestsOf(`${at('a.tar')}:${name}`)).diffIDs).toEqual(
        (await digestsOf(`store:${name}`)).diffIDs,
      );
    expect(JSON.parse(await tool('skopeo', ['list-tags', `docker-archive:${at('a.tar')}`]))).toMatchObject({
      Tags: ['app:1', 'app:2', 'other/name:latest'],
    });
  });

  test('a tag of a layout stays what it is; two images of one name are refused in every form', async () => {
    await copied(DEMO, `oci:${at('x')}:v1`);
    await copied(fixture('docker-hybrid.tar'), `oci:${at('y')}:v1`);
    const saved = (out: string, format: string, ...names: string[]) =>
      runCommand(Save, [...names, '-o', at(out), '--format', format]);
    for (const [form, out] of [
      ['oci', 'l'],
      ['oci-archive', 'l.tar'],
    ] as const) {
      expect((await saved(out, form, `oci:${at('x')}:v1`)).stderr).toBe('');
      expect((await digestsOf(`${form}:${at(out)}:v1`)).manifest).toBe((await digestsOf(at('x'))).manifest);
    }
    expect(linesOf(await tool('umoci', ['ls', '--layout', at('l')]))).toEqual(['v1']);
    for (const format of ['docker-archive', 'oci-archive', 'oci']) {
      const ended = await saved(`both-${format}`, format, `oci:${at('x')}:v1`, `oci:${at('y')}:v1`);
      expect([ended.status, ended.stderr.split(':')[0]]).toEqual([2, 'E_AMBIGUOUS']);
      expect(existsSync(at(`both-${format}`))).toBe(false);
    }
  });

  test('two images of one tag can each be chosen by every reader', async () => {
    await copied(DEMO, 'store:a:v1');
    await copied(fixture('docker-hybrid.tar'), 'store:b:v1');
    const wanted = [await digestsOf('store:a:v1'), await digestsOf('store:b:v1')];
    for (const format of ['docker-archive', 'oci-archive', 'oci']) {
      const out = at(`of-${format}`);
      await runCommand(Save, ['a:v1', 'b:v1', '--format', format, '-o', out]);
      const layout = format === 'oci' ? 'oci' : 'oci-archive';
      for (const [i, name] of ['a:v1', 'b:v1'].entries()) {
        expect((await digestsOf(`${out}:${name}`)).diffIDs).toEqual(wanted[i].diffIDs);
        await tool('skopeo', [
          '--insecure-policy',
          'copy',
          '-q',
          '--digestfile',
          at('digest'),
          `${layout}:${out}:${name}`,
          `dir:${at(`s-${format}-${String(i)}`)}`,
        ]);
        expect([format, name, readFileSync(at('digest'), 'utf8')]).toEqual([
          format,
          name,
          wanted[i].manifest,
        ]);
      }
    }
    expect(linesOf(await tool('umoci', ['ls', '--layout', at('of-oci')])).sort()).toEqual(['a:v1', 'b:v1']);
    const { manifests } = JSON.parse(readFileSync(at('of-oci/index.json'), 'utf8')) as {
      manifests: { annotations: Record<string, string> }[];
    };
    expect(manifests.map(({ annotations }) => annotations['io.containerd.image.name'])).toEqual([
      'docker.io/library/a:v1',
      'docker.io/library/b:v1',
    ]);
    expect(await runCommand(Copy, ['--all', at('of-oci'), 'store:'])).toMatchObject({ status: 0 });
  });

  test('an ID is enough, and has no name then; a terminal gets no archive', async () => {
    await copied(DEMO, 'store:app:1');
    const id = linesOf((await runCommand(Images, ['-q'])).stdout)[0] ?? '';
    const ended = await runCommand(Save, [id, '-o', at('a.tar'), '--json']);
    expect(validJson('save.json', ended)).toMatchObject({ images: [{ names: [] }] });
    expect(await runCommand(Save, [id], { tty: 80 })).toMatchObject({ status: 2, stdout: '' });
    for (const format of ['oci', 'dir'])
      expect((await runCommand(Save, [id, '--format', format, '-o', at(format)])).status).toBe(0);
    expect((await digestsOf(`dir:${at('dir')}`)).manifest).toBe(
      (await digestsOf(`oci:${at('oci')}`)).manifest,
    );
  });
});

test('asked for by ID or digest, whole or its beginning, an image has all its names', async () => {
  const { digest, config } = await copied(DEMO, 'store:app:1');
  await runCommand(Tag, ['app:1', 'app:2']);
  await runCommand(Tag, ['app:1', 'reg.example/other:3']);
  await copied(fixture('docker-hybrid.tar'), 'store:another:1');
  const hex = (text: string): string => text.slice('sha256:'.length);
  for (const asked of [
    config,
    hex(config),
    hex(config).slice(0, 12),
    digest,
    hex(digest).slice(0, 6),
    'app:2',
  ]) {
    const told = validJson('inspect.json', await runCommand(Inspect, [asked, '--json', '-q']));
    expect([asked, told]).toMatchObject([
      asked,
      { image: { tags: ['app:1', 'app:2', 'reg.example/other:3'], digest } },
    ]);
    expect((await runCommand(Inspect, [asked])).stdout).toMatch(
      /^Tags +app:1\n +app:2\n +reg\.example\/other:3$/m,
    );
  }
});

describe('images, tag, rmi', () => {
  interface Row {
    readonly name: string | null;
    readonly id: string;
    readonly size: { stored: number; plain: number | null };
  }
  const list = async (...argv: string[]): Promise<readonly Row[]> =>
    (validJson('images.json', await runCommand(Images, [...argv, '--json'])) as { images: Row[] }).images;

  test('a row for each name, filtered and sorted', async () => {
    expect(await list()).toEqual([]);
    await copied(DEMO, 'store:app:1');
    await copied(fixture('oci-zstd'), 'store:registry.example/team/tool:2');
    await runCommand(Tag, ['app:1', 'app']);
    const { stdout } = await runCommand(Images, ['--sort', 'name', '--no-trunc', '--digests']);
    expect(linesOf(stdout).map((line) => line.split(/ +/).slice(0, 2).join(' '))).toEqual([
      'REPOSITORY TAG',
      'app latest',
      'app 1',
      'registry.example/team/tool 2',
    ]);
    const [config] = JSON.parse(await tool('tar', ['xOf', DEMO, 'manifest.json'])) as [{ Config: string }];
    expect(config.Config).toContain((await list('app:1'))[0]?.id.slice('sha256:'.length));
    expect((await list('app')).map(({ name }) => name).sort()).toEqual(['app', 'app:1']);
    expect(await list('--filter', 'reference=*/team/*')).toHaveLength(1);
    expect(await list('--filter', 'dangling=true')).toEqual([]);
    expect((await list('--sort', 'size', '--reverse'))[0]?.name).toBe('registry.example/team/tool:2');
    expect((await runCommand(Images, ['--filter', 'what=ever'])).status).toBe(2);
    expect(linesOf((await runCommand(Images, ['-q'])).stdout)).toHaveLength(2);
  });

  test('names go first; with the last one all that nothing else needs goes, and only that', async () => {
    await copied(DEMO, 'store:app:1');
    const before = filesIn(at('store/blobs'));
    await copied(fixture('oci-zstd'), 'store:other');
    await runCommand(Tag, ['app:1', 'app:2']);
    expect((await runCommand(Rmi, ['docker.io/library/app:1'])).stdout).toBe('Untagged: app:1\n');
    const id = (await list('app:2'))[0]?.id.slice(7, 19) ?? '';
    await runCommand(Tag, [id, 'app:3']);
    const refused = await runCommand(Rmi, [id]);
    expect([refused.status, refused.stderr]).toEqual([2, expect.stringMatching(/2 names: app:2, app:3/)]);
    expect((await runCommand(Rmi, ['other'])).status).toBe(0);
    expect(filesIn(at('store/blobs'))).toEqual(before);
    const gone = validJson('rmi.json', await runCommand(Rmi, ['-f', id, '--json'])) as {
      deleted: string[];
      untagged: string[];
    };
    expect([gone.untagged, gone.deleted.length]).toEqual([['app:2', 'app:3'], before.size]);
    expect(blobs()).toEqual([]);
    expect((await runCommand(Fsck, ['--full'])).status).toBe(0);
  });

  test('what two images share stays with the other', async () => {
    await copied(DEMO, 'store:app:1');
    const kept = filesIn(at('store/blobs'));
    // The same layers under a manifest of its own.
    const layout = at('layout');
    await copied('app:1', `oci:${layout}:v1`);
    await tool('umoci', ['config', '--image', `${layout}:v1`, '--config.env', 'A=b']);
    await copied(`oci:${layout}:v1`, 'store:app:2');
    const ended = await runCommand(Rmi, ['app:2']);
    expect(linesOf(ended.stdout).filter((line) => line.startsWith('Deleted'))).toHaveLength(2);
    expect(filesIn(at('store/blobs'))).toEqual(kept);
  });

  test('what somebody stores at this moment stays', async () => {
    await copied(DEMO, 'store:app:1');
    const store = await openStore(storePaths({ STRATA_STORE: at('store') }, place));
    const before = filesIn(at('store/blobs'));
    const { digest } = (await list('app:1'))[0] as unknown as { digest: string };
    await whileWriting(store, async () => {
      copyFileSync(at(`store/blobs/sha256/${digest.slice(7)}`), at('kept'));
      await copied(DEMO, 'store:app:9');
      await runCommand(Rmi, ['app:9', 'app:1']);
      // Asked for after the writing began: app:9 came meanwhile.
      expect(filesIn(at('store/blobs'))).toEqual(before);
    });
    expect((await list()).length).toBe(0);
  });

  test('each operand has its own error; --force forgives what is not there', async () => {
    await copied(DEMO, 'store:app:1');
    const ended = await runCommand(Rmi, ['nobody', 'app:1', 'nothing']);
    expect([ended.status, linesOf(ended.stdout)[0]]).toEqual([4, 'Untagged: app:1']);
    expect(ended.stderr).toMatch(/warning: .*nobody[\s\S]*E_NOT_FOUND: .*nothing/);
    expect((await runCommand(Rmi, ['-f', 'nobody'])).status).toBe(0);
    expect((await runCommand(Tag, ['nobody', 'app:2'])).status).toBe(4);
  });
});

describe('names', () => {
  test('the short spelling means the same and is its own', () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,5}$/);
    const name = fc
      .tuple(
        fc.constantFrom('', 'docker.io/', 'docker.io/library/', 'quay.io/', 'localhost:5000/'),
        fc.array(part, { minLength: 1, maxLength: 3 }),
        fc.constantFrom('', ':1', ':latest'),
      )
      .map(([domain, parts, tag]) => `${domain}${parts.join('/')}${tag}`);
    fc.assert(
      fc.property(name, (text) => {
        const short = familiarName(text);
        expect(canonicalName(short)).toBe(canonicalName(text));
        expect(familiarName(short)).toBe(short);
        expect(compileReferencePattern(short)(text)).toBe(true);
      }),
    );
  });

  test.each([
    ['app', 'app:1', true],
    ['app:*', 'app:1', true],
    ['a*', 'app:1', true],
    ['*', 'team/app:1', false],
    ['team/[a-b]pp', 'team/app:1', true],
    ['team/[^a]pp', 'team/app', false],
    ['a?p:1', 'app:1', true],
    ['a.p', 'app:1', false],
  ])('%s fits %s: %s', (pattern, name, fits) => {
    expect(compileReferencePattern(pattern)(name)).toBe(fits);
  });
});
