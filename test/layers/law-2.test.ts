import { expect, test } from 'vitest';
import path from 'node:path';
import { explainEveryByte } from '../helpers/explain.js';
import { withImage } from '../helpers/our-tree.js';
import { realImages } from '../helpers/real-images.js';
import { rootTest } from '../helpers/root.js';

// Law 2: every byte of every layer is live, hidden, a metadata-only copy or framing.

const FIXTURES = path.resolve(import.meta.dirname, '../../fixtures/generated');

test.each(['demo.tar', 'docker-classic.tar', 'oci-130-layers', 'oci-empty-layers'])('%s', async (name) => {
  const image = name.endsWith('.tar') ? path.join(FIXTURES, name) : `oci:${path.join(FIXTURES, name)}`;
  const sums = await withImage(image, explainEveryByte);
  // The story of the demo has all of them: /app copied for a mode bit and an owner, a secret deleted, a file overwritten.
  if (name === 'demo.tar') for (const bytes of Object.values(sums)) expect(bytes).toBeGreaterThan(1000);
});

rootTest(
  'Debian with apt layers, deletions, pip and npm trees, and an image of 120 layers',
  async () => {
    for (const image of await realImages()) {
      const { live, hidden } = await withImage(`oci:${image.layout}`, explainEveryByte);
      expect(Math.min(live, hidden)).toBeGreaterThan(0);
    }
  },
  600_000,
);
