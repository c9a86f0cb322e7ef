import { expect, test } from 'vitest';
import { withImage } from '../../helpers/our-tree.js';
import { readableImages } from '../../helpers/readable-images.js';
import { wasteAgrees } from '../../helpers/waste-agrees.js';

test('on every readable image of the corpora both implementations agree, and the classes sum to the byte', async () => {
  const images = await readableImages();
  expect(images.length).toBeGreaterThan(20);
  let wasted = 0;
  for (const { name } of images)
    await withImage(name, ({ union }) => {
      wasted += wasteAgrees(union).wastedBytes;
    });
  expect(wasted).toBeGreaterThan(0);
}, 240_000);
