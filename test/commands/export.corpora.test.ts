import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import Export from '../../src/commands/export.js';
import { corpora } from '../helpers/corpora.js';
import { useFolder } from '../helpers/look.js';
import { compareTrees, readTree, umociTree } from '../helpers/oracle.js';
import { snapshotTree, withImage } from '../helpers/our-tree.js';
import { runCommand } from '../helpers/run-command.js';
import { rootTest } from '../helpers/root.js';
import { tool } from '../helpers/tool.js';

const folder = useFolder();
const REAL = path.join(corpora(), 'realworld');

/** The name that strata reads, and the one that skopeo copies to a layout for umoci. */
const IMAGES = [
  [`docker-archive:${REAL}/alpine-docker-archive.tar`],
  [`oci:${REAL}/alpine-oci-gzip`],
  [`oci:${REAL}/busybox-oci-estargz`],
] as const;

test('a zstd image exports the same bytes as its gzip form', async () => {
  const [gzip, zstd] = ['alpine-oci-gzip', 'alpine-oci-zstd'].map((name) => `oci:${REAL}/${name}`);
  expect(
    (await runCommand(Export, [zstd, '-q'])).bytes.equals((await runCommand(Export, [gzip, '-q'])).bytes),
  ).toBe(true);
});

describe('real images', () => {
  rootTest.each(IMAGES)(
    '%s: GNU tar makes of the export what umoci unpacks, and strata the same tree',
    async (image) => {
      const at = (name: string): string => path.join(folder(), name);
      for (const name of ['layout', 'root', 'export.tar']) rmSync(at(name), { recursive: true, force: true });
      expect((await runCommand(Export, [image, '-q', '-o', at('export.tar')])).status).toBe(0);
      mkdirSync(at('root'));
      execFileSync('tar', [
        '-xpf',
        at('export.tar'),
        '--xattrs',
        '--xattrs-include=*',
        '--numeric-owner',
        '-C',
        at('root'),
      ]);
      await tool('skopeo', ['--insecure-policy', 'copy', '--quiet', image, `oci:${at('layout')}:it`]);
      const theirs = await umociTree(at('layout'), 'it');
      expect(theirs.size).toBeGreaterThan(10);
      expect(compareTrees(await readTree(at('root')), theirs, { except: (name) => name === '/' })).toEqual(
        [],
      );
      const ours = await withImage(image, ({ union }) => snapshotTree(union, union.layers.length));
      const again = await withImage(`rootfs:${at('export.tar')}`, ({ union }) => snapshotTree(union, 1));
      expect(compareTrees(again, ours)).toEqual([]);
    },
  );
});

test.each([
  '205-xattr-trusted_overlay_redirect',
  '207-xattr-trusted_overlay_origin',
  '209-xattr-user_overlay_redirect',
])('%s: an xattr that steers overlayfs is not in the export', async (name) => {
  const { status, bytes } = await runCommand(Export, [
    `rootfs:${path.join(corpora(), `hostile/layers/whiteout/${name}.tar`)}`,
    '-q',
  ]);
  expect(status).toBe(0);
  expect(bytes.length).toBeGreaterThan(1024);
  expect(bytes.includes('overlay')).toBe(false);
});
