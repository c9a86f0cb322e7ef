import { mkdtempSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { enterPrivateMounts } from '../../../src/runtime/sys/namespace.js';
import { differencesWhenMounted, plainTars, WAYS } from '../../helpers/erofs.js';
import { useFolder } from '../../helpers/look.js';
import { withImage } from '../../helpers/our-tree.js';
import { readableImages } from '../../helpers/readable-images.js';

const base = useFolder();

beforeAll(() => {
  enterPrivateMounts();
});

test.each(WAYS)(
  'every readable image of the corpora is mounted as its union, but for what is told: %s',
  async (way) => {
    let mounted = 0;
    for (const { name } of await readableImages()) {
      const folder = mkdtempSync(path.join(base(), 'image-'));
      await withImage(name, async ({ image, union }) => {
        const tars = await plainTars(image, folder);
        if (tars === undefined || tars.length === 0) return;
        const differences = await differencesWhenMounted(
          folder,
          { union, tars },
          tars.length,
          (tree, { left }) => {
            const told = [...left.values()].flatMap(({ first }) => first.map((thing) => thing.path));
            for (const at of told) tree.delete(at);
            return tree;
          },
          way,
        );
        expect([name, differences]).toEqual([name, []]);
        mounted++;
      });
    }
    expect(mounted).toBeGreaterThan(50);
  },
  600_000,
);
