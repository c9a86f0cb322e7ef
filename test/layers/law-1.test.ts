import { expect, it } from 'vitest';
import path from 'node:path';
import { compareTrees, podmanTree, umociTree } from '../helpers/oracle.js';
import { snapshotTree, withImage } from '../helpers/our-tree.js';
import { realImages } from '../helpers/real-images.js';
import { describeAsRoot } from '../helpers/root.js';

const FIXTURES = path.resolve(import.meta.dirname, '../../fixtures/generated');

/** Parents that a layer of `many` does not name: podman makes them anew in each layer, 0755 and now. */
const UNNAMED_PARENTS = new Set(['/a', '/a/b', '/c']);

/**
 * Without an entry for `/` each tool invents one (podman: 0555, now); and podman's storage sets times before 1970 to
 * 1970, which `/odd/before` is there to show.
 */
const podmanOwn = {
  except: (name: string) => name === '/' || name === '/odd/before' || UNNAMED_PARENTS.has(name),
};

const topOf = (name: string) => withImage(name, ({ union }) => snapshotTree(union, union.layers.length));

describeAsRoot('law 1: the union is what other tools make of the same layers, entry by entry', () => {
  it('the demo image, as umoci unpacks it', async () => {
    const layout = path.join(FIXTURES, 'demo-oci');
    const ours = await withImage(`oci:${layout}`, ({ image, union }) => ({
      tag: image.tags[0],
      tree: snapshotTree(union, union.layers.length),
    }));
    expect(compareTrees(ours.tree, await umociTree(layout, ours.tag))).toEqual([]);
  });

  it('the demo image, as podman mounts it', async () => {
    const archive = `docker-archive:${path.join(FIXTURES, 'demo.tar')}`;
    expect(compareTrees(await topOf(archive), await podmanTree(archive), podmanOwn)).toEqual([]);
  });

  it('Debian with apt layers, deletions, pip and npm trees, and an image of 120 layers, as umoci unpacks them', async () => {
    for (const image of await realImages()) {
      const ours = await topOf(`oci:${image.layout}`);
      expect(ours.size).toBeGreaterThan(100);
      expect([image.name, compareTrees(ours, await umociTree(image.layout, image.tag))]).toEqual([
        image.name,
        [],
      ]);
    }
  }, 600_000);

  it('the same images, as podman mounts them', async () => {
    for (const image of await realImages())
      expect([
        image.name,
        compareTrees(
          await topOf(`oci:${image.layout}`),
          await podmanTree(`docker-archive:${image.dockerArchive}`),
          podmanOwn,
        ),
      ]).toEqual([image.name, []]);
  }, 600_000);

  it('is the same from every form of the same image', async () => {
    for (const image of await realImages()) {
      const reference = await topOf(`oci:${image.layout}`);
      for (const form of [
        `oci:${image.zstd}`,
        `oci-archive:${image.ociArchive}`,
        `docker-archive:${image.dockerArchive}`,
      ])
        expect([form, compareTrees(await topOf(form), reference)]).toEqual([form, []]);
    }
  }, 600_000);
});
