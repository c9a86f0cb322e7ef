import { expect, test } from 'vitest';
import { explainEveryByte } from '../helpers/explain.js';
import { withImage } from '../helpers/our-tree.js';
import { readableImages } from '../helpers/readable-images.js';

test('law 2 on every readable image of the corpora: every byte is live, hidden, a copy or framing', async () => {
  let hidden = 0;
  for (const { name } of await readableImages()) {
    const sums = await withImage(name, explainEveryByte);
    hidden += sums.hidden;
  }
  expect(hidden).toBeGreaterThan(0);
}, 120_000);
