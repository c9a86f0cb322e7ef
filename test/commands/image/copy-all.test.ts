import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { hex, image, layer } from '../../../fixtures/image.js';
import { file } from '../../../fixtures/tar.js';
import { blobEntry, index, indexEntry, layout, writeFolder } from '../../../fixtures/write.js';
import Copy from '../../../src/commands/copy.js';
import Fsck from '../../../src/commands/fsck.js';
import { useFolder, validJson } from '../../helpers/look.js';
import { FIXTURES, runCommand } from '../../helpers/run-command.js';
import { tool } from '../../helpers/tool.js';

/* With --all every image that a reference names goes, as skopeo copy --all takes them: an index stays the index it is. */

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
const to = (target: string): string => target.replace(':', `:${place}/`);

interface Written {
  readonly names: readonly string[];
  readonly digest: string;
  readonly kept: boolean;
  readonly notes: readonly string[];
  readonly manifests?: readonly { readonly digest: string }[];
}

async function copied(source: string, destination: string): Promise<readonly Written[]> {
  const ended = await runCommand(Copy, ['--all', source, destination, '--json']);
  expect([ended.status, ended.stderr.slice(0, ended.status === 0 ? 0 : 500)]).toEqual([0, '']);
  return (validJson('copy.json', ended) as { images: Written[] }).images;
}

async function refused(source: string, destination: string): Promise<readonly [number, string]> {
  const { status, stderr } = await runCommand(Copy, ['--all', '-q', source, destination]);
  return [status, stderr];
}

/** An image for each of two platforms, an attestation, and an index of them under two names. */
async function platforms(name: string) {
  const base = { createdBy: 'both', layer: await layer([file('both', 'both\n')]) };
  const [amd, arm] = await Promise.all(
    ['amd64', 'arm64'].map(async (architecture) =>
      image({
        platform: { os: 'linux', architecture },
        steps: [base, { createdBy: 'own', layer: await layer([file(architecture, 'own\n')]) }],
      }),
    ),
  );
  const list = index([amd, arm].map((one) => indexEntry(one)));
  const names = ['v1', 'v2'].map((tag) =>
    blobEntry(list, { annotations: { 'org.opencontainers.image.ref.name': tag } }),
  );
  writeFolder(at(name), layout(names, [amd, arm], [list]));
  return { amd, arm, index: names[0].digest };
}

/** Digests that skopeo reads: of the index, and of what it lists. */
async function skopeoDigests(source: string, out: string) {
  const file = at(`${out}.digest`);
  const to = `dir:${at(out)}`;
  await tool('skopeo', ['--insecure-policy', 'copy', '-q', '--all', '--digestfile', file, source, to]);
  const { manifests } = JSON.parse(readFileSync(at(`${out}/manifest.json`), 'utf8')) as {
    manifests: { digest: string }[];
  };
  return { digest: readFileSync(file, 'utf8'), below: manifests.map(({ digest }) => digest) };
}

test('an index keeps its bytes, its platforms and its names; skopeo and umoci read what was written', async () => {
  const { amd, arm, index } = await platforms('multi');
  const below = [amd.manifestDigest, arm.manifestDigest];
  for (const target of ['oci:layout', 'oci-archive:o.tar']) {
    const [written, ...more] = await copied(`oci:${at('multi')}`, to(target));
    expect([more, written.digest, written.kept, written.notes]).toEqual([[], index, true, []]);
    expect(written.names).toEqual(['v1', 'v2']);
    expect(written.manifests?.map(({ digest }) => digest)).toEqual(below);
    for (const tag of ['v1', 'v2']) {
      const read = await skopeoDigests(`${to(target)}:${tag}`, `${target.split(':')[0]}-${tag}`);
      expect([target, tag, read]).toEqual([target, tag, { digest: index, below }]);
    }
  }
  expect(readdirSync(at('layout/blobs/sha256')).sort()).toEqual(readdirSync(at('multi/blobs/sha256')).sort());
  const listed = await tool('umoci', ['ls', '--layout', at('layout')]);
  expect(listed.trim().split('\n').sort()).toEqual(['v1', 'v2']);

  // What skopeo wrote, from one of our archives, comes back the same, through the store and dir: too.
  const [stored] = await copied(`dir:${at('oci-archive-v1')}`, 'store:app:1');
  expect([stored.digest, stored.names]).toEqual([index, ['app:1']]);
  expect((await runCommand(Fsck, ['--full'])).status).toBe(0);
  await copied('store:app:1', to('dir:d'));
  expect(readdirSync(at('d')).sort()).toEqual(readdirSync(at('oci-archive-v1')).sort());
  expect((await skopeoDigests(`dir:${at('d')}`, 'again')).digest).toBe(index);

  // One tag of it, under another; its one platform is what is not --all.
  const [one] = await copied(`oci:${at('multi')}:v2`, to('oci:other:new'));
  expect([one.digest, one.names]).toEqual([index, ['new']]);

  const [status, stderr] = await refused(`oci:${at('multi')}`, to('docker-archive:d.tar'));
  expect([status, stderr]).toEqual([2, expect.stringMatching(/is not one image\nhint: .*oci-archive/)]);
  expect(existsSync(at('d.tar'))).toBe(false);
  expect((await refused(`oci:${at('multi')}`, 'docker-archive:-'))[0]).toBe(2);
});

test('several images keep their names, in every form that holds several', async () => {
  const source = fixture('docker-several.tar');
  const names = [['small:1'], ['other:1', 'other:latest']];
  const written = await copied(source, to('docker-archive:d.tar'));
  expect(written.map((one) => one.names)).toEqual(names);
  const list = JSON.parse(await tool('skopeo', ['list-tags', `docker-archive:${at('d.tar')}`])) as object;
  expect(list).toMatchObject({ Tags: names.flat() });
  await copied(source, 'store:');
  await copied(`docker-archive:${at('d.tar')}`, to('oci:layout'));
  for (const name of names.flat()) {
    const configs = [`docker-archive:${at('d.tar')}:${name}`, `oci:${at('store')}:${name}`];
    const [ours, stored] = await Promise.all(
      configs.map((one) => tool('skopeo', ['inspect', '--config', '--raw', one])),
    );
    expect([name, stored]).toEqual([name, ours]);
  }
  const listed = await tool('umoci', ['ls', '--layout', at('layout')]);
  expect(listed.trim().split('\n').sort()).toEqual(names.flat().sort());

  // Docker 25 writes the tag alone beside the name.
  expect((await copied(fixture('docker-hybrid.tar'), 'store:'))[0].names).toEqual(['small:1']);
  expect(await refused(source, 'store:app:1')).toEqual([2, expect.stringMatching(/2 images.*for one/)]);
  expect((await refused(source, to('dir:d')))[0]).toBe(2);
  expect(existsSync(at('d'))).toBe(false);
});

test('platforms side by side become an index; artifacts go along; an image alone fits where an index does not', async () => {
  const { amd, arm } = await platforms('multi');
  const beside = [amd, arm].map((one) => indexEntry(one, 'app'));
  writeFolder(at('beside'), layout(beside, [amd, arm]));
  const [written] = await copied(`oci:${at('beside')}`, to('oci-archive:o.tar'));
  expect([written.kept, written.names]).toEqual([false, ['app']]);
  const read = await skopeoDigests(`${to('oci-archive:o.tar')}:app`, 'read');
  expect(read).toEqual({ digest: written.digest, below: [amd.manifestDigest, arm.manifestDigest] });

  // What has no name may be of anybody.
  const unnamed = [amd, arm].map((one) => indexEntry(one));
  writeFolder(at('unnamed'), layout(unnamed, [amd, arm]));
  const apart = await copied(`oci:${at('unnamed')}`, to('oci:apart'));
  expect(apart.map(({ digest, names, kept }) => [digest, names, kept])).toEqual(
    [amd, arm].map(({ manifestDigest }) => [manifestDigest, [], true]),
  );

  const nested = await copied(fixture('oci-nested'), to('oci:nested'));
  expect(nested).toHaveLength(2);
  expect(readdirSync(at('nested/blobs/sha256')).sort()).toEqual(
    readdirSync(fixture('oci-nested/blobs/sha256')).sort(),
  );

  // An index whose source has one of its platforms alone.
  const list = index([amd, arm].map((one) => indexEntry(one)));
  const files = layout([blobEntry(list)], [amd], [list]);
  expect(files.has(`blobs/sha256/${hex(arm.manifestDigest)}`)).toBe(false);
  writeFolder(at('sparse'), files);
  const [sparse] = await copied(`oci:${at('sparse')}`, 'store:app:2');
  expect(sparse.notes).toEqual([expect.stringMatching(/^linux\/arm64 is not in the source/)]);
  expect((await runCommand(Fsck, ['--full'])).status).toBe(0);
  const [alone] = await copied(`oci:${at('sparse')}`, to('docker-archive:d.tar:app:2'));
  expect([alone.digest, alone.names]).toEqual([amd.manifestDigest, ['app:2']]);
});

test('two spellings of one name are one name in an image layout, too', async () => {
  const { amd, arm } = await platforms('multi');
  writeFolder(at('one'), layout([indexEntry(amd, 'app:1')], [amd]));
  writeFolder(at('two'), layout([indexEntry(arm, 'docker.io/library/app:1')], [arm]));
  writeFolder(
    at('both'),
    layout([indexEntry(amd, 'app:1'), indexEntry(arm, 'docker.io/library/app:1')], [amd, arm]),
  );
  for (const target of ['oci-archive:o.tar', 'oci:out', 'docker-archive:d.tar']) {
    const [status, stderr] = await refused(`oci:${at('both')}`, to(target));
    expect([target, status, stderr]).toEqual([
      target,
      expect.any(Number),
      expect.stringMatching(/E_AMBIGUOUS.*two images have the name docker\.io\/library\/app:1/),
    ]);
    expect(existsSync(at(target.split(':')[1]))).toBe(false);
  }
  const entries = (): readonly (readonly unknown[])[] =>
    (
      JSON.parse(readFileSync(at('layout/index.json'), 'utf8')) as {
        manifests: { digest: string; annotations: Record<string, string> }[];
      }
    ).manifests.map(({ digest, annotations }) => [digest, annotations['org.opencontainers.image.ref.name']]);
  await copied(`oci:${at('one')}`, to('oci:layout'));
  await copied(`oci:${at('one')}:app:1`, to('oci:layout:other'));
  await copied(`oci:${at('two')}`, to('oci:layout'));
  expect(entries()).toEqual([
    [amd.manifestDigest, 'other'],
    [arm.manifestDigest, 'docker.io/library/app:1'],
  ]);
  // Another spelling of the same image is no other image.
  await copied(`oci:${at('two')}`, to('oci:layout:app:1'));
  expect(entries()).toHaveLength(3);
  await copied(`oci:${at('one')}`, to('oci:layout'));
  expect(entries()).toEqual([
    [amd.manifestDigest, 'other'],
    [amd.manifestDigest, 'app:1'],
  ]);
});
