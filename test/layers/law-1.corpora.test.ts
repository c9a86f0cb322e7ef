import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { compareTrees, umociTree } from '../helpers/oracle.js';
import { snapshotTree, withImage } from '../helpers/our-tree.js';
import { type ReadableImage, readableImages } from '../helpers/readable-images.js';
import { rootTest } from '../helpers/root.js';
import { tool } from '../helpers/tool.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'strata-law1-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/**
 * The image as skopeo names it. An image of a layout is first laid out alone, as a directory of blobs: skopeo chooses by
 * tag only, and reads no layout whose top index is Docker's.
 */
async function forSkopeo(image: ReadableImage, alone: string): Promise<string> {
  const { file, kind, digest } = image;
  if (kind === 'docker-archive') return `${kind}:${file}:@${String(image.position)}`;
  if (kind !== 'oci-dir') return image.name;
  const hexOf = (of: string): string => of.slice(of.indexOf(':') + 1);
  const blob = (of: string): string => path.join(file, 'blobs', of.replace(':', '/'));
  const manifest = await readFile(blob(digest));
  const { config, layers } = JSON.parse(manifest.toString()) as Record<'config', { digest: string }> &
    Record<'layers', { digest: string }[]>;
  await mkdir(alone);
  await writeFile(path.join(alone, 'version'), 'Directory Transport Version: 1.1\n');
  await writeFile(path.join(alone, 'manifest.json'), manifest);
  for (const of of new Set([config, ...layers].map((one) => one.digest)))
    await symlink(blob(of), path.join(alone, hexOf(of)));
  return `dir:${alone}`;
}

rootTest(
  'law 1 on every readable image of the corpora: what umoci unpacks is the last snapshot',
  async () => {
    const images = await readableImages();
    const differing: unknown[] = [];
    for (const [number, image] of images.entries()) {
      const layout = path.join(folder, String(number));
      const from = await forSkopeo(image, `${layout}.alone`);
      // umoci 0.4 knows neither zstd nor Docker's media types.
      const how = ['--dest-compress', '--dest-compress-format', 'gzip', '--format', 'oci'];
      await tool('skopeo', ['copy', '--quiet', ...how, from, `oci:${layout}:1`]);
      const theirs = await umociTree(layout, '1');
      const tree = (name: string) => withImage(name, ({ union }) => snapshotTree(union, union.layers.length));
      const ours = await tree(image.name);
      const differences = compareTrees(ours, theirs);
      if (differences.length > 0) differing.push([image.name, differences.slice(0, 5)]);
      if (compareTrees(ours, await tree(`oci:${layout}:1`)).length > 0)
        differing.push([image.name, 'differs from its own copy by skopeo']);
      await rm(layout, { recursive: true });
    }
    expect(differing).toEqual([]);
    expect(images.length).toBeGreaterThan(75);
  },
  600_000,
);
