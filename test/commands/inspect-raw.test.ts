import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import Inspect from '../../src/commands/inspect.js';
import { DEMO, useFolder } from '../helpers/look.js';
import { FIXTURES, runCommand } from '../helpers/run-command.js';

useFolder();
const inspect = (...argv: string[]) => runCommand(Inspect, argv);
const fixture = (name: string): string => path.join(FIXTURES, name);

/** The digest of the image's manifest, as `--json` tells it. */
async function digestIn(image: string): Promise<string | null> {
  const { stdout } = await inspect(image, '--json');
  return (JSON.parse(stdout) as { image: { digest: string | null } }).image.digest;
}

/** The bytes of a file of a docker or OCI archive, as GNU tar gives them out. */
const fileOf = (archive: string, name: string): Buffer =>
  execFileSync('tar', ['-xOf', archive, '--occurrence=1', name], { stdio: ['ignore', 'pipe', 'pipe'] });
const digestOf = (bytes: Buffer, algorithm = 'sha256'): string =>
  `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
const raw = async (image: string, which: string): Promise<Buffer> => {
  const { status, bytes } = await inspect(image, '--raw', which);
  expect([image, which, status]).toEqual([image, which, 0]);
  return bytes;
};

describe('--raw is byte for byte what is stored', () => {
  test('layouts: the digests are those of the bytes, the index is the file', async () => {
    for (const name of ['oci', 'oci-several:two', 'oci-several:@2', 'oci-sha512', 'oci-nested', 'demo-oci']) {
      const image = fixture(name);
      const [manifest, config, index] = [
        await raw(image, 'manifest'),
        await raw(image, 'config'),
        await raw(image, 'index'),
      ];
      const algorithm = name === 'oci-sha512' ? 'sha512' : 'sha256';
      expect([name, digestOf(manifest, algorithm)]).toEqual([name, await digestIn(image)]);
      expect(manifest.toString()).toContain(`"${digestOf(config, algorithm)}"`);
      const stored = path.join(FIXTURES, name.split(':')[0], 'index.json');
      expect(index.equals(readFileSync(stored))).toBe(true);
    }
  });

  test('archives: what GNU tar takes out of them', async () => {
    const archive = fixture('docker-several.tar');
    const image = `${archive}:other:latest`;
    const index = fileOf(archive, 'manifest.json');
    expect((await raw(image, 'index')).equals(index)).toBe(true);
    const entries = JSON.parse(index.toString()) as { Config: string; RepoTags: string[] | null }[];
    const entry = entries.find(({ RepoTags }) => RepoTags?.includes('other:latest'));
    const manifest = await raw(image, 'manifest');
    expect(JSON.parse(manifest.toString())).toEqual(entry);
    expect(index.includes(manifest)).toBe(true);
    expect((await raw(image, 'config')).equals(fileOf(archive, entry?.Config ?? ''))).toBe(true);

    const oci = fixture('oci-archive.tar');
    expect((await raw(oci, 'index')).equals(fileOf(oci, 'index.json'))).toBe(true);
    expect(digestOf(await raw(oci, 'manifest'))).toBe(await digestIn(oci));
    for (const form of ['docker-classic.tar.gz', 'docker-classic.tar.zst'])
      for (const which of ['index', 'manifest', 'config'])
        expect(
          (await raw(fixture(form), which)).equals(await raw(fixture('docker-classic.tar'), which)),
        ).toBe(true);
  });

  test('dir: manifest.json; it has no index, and a root file system has nothing: 4', async () => {
    const manifest = readFileSync(fixture('dir/manifest.json'));
    expect((await raw(fixture('dir'), 'manifest')).equals(manifest)).toBe(true);
    expect(manifest.toString()).toContain(digestOf(await raw(fixture('dir'), 'config')));
    for (const [image, which] of [
      [fixture('dir'), 'index'],
      [`rootfs:${fixture('rootfs.tar')}`, 'manifest'],
      [`rootfs:${fixture('rootfs.tar')}`, 'config'],
    ]) {
      const { status, stdout, stderr } = await inspect(image, '--raw', which);
      expect([status, stdout]).toEqual([4, '']);
      expect(stderr).toMatch(new RegExp(`^E_NOT_FOUND: printing the ${which} of `, 'm'));
    }
    expect((await inspect(DEMO, '--raw', 'layers')).status).toBe(2);
    expect((await inspect(DEMO, '--raw', 'config', '--json')).status).toBe(2);
  });
});
