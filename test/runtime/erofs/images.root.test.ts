import { mkdtempSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { LeftOut } from '../../../src/runtime/erofs/left-out.js';
import { enterPrivateMounts } from '../../../src/runtime/sys/namespace.js';
import { differencesWhenMounted, plainTars, type Way, WAYS } from '../../helpers/erofs.js';
import { DEMO, useFolder } from '../../helpers/look.js';
import { withImage } from '../../helpers/our-tree.js';
import type { OracleTree } from '../../helpers/oracle.js';
import { realImages } from '../../helpers/real-images.js';
import { FIXTURES } from '../../helpers/run-command.js';

const base = useFolder();

beforeAll(async () => {
  // Before: what is mounted to build them would be seen by this thread, and not by those that read files for it. What is
  // mounted afterwards is read by this thread and by programs.
  await realImages();
  enterPrivateMounts();
}, 600_000);

/** Snapshots that are mounted of an image: all of a few, the ends and the middle of many; unpacked, the last. */
function snapshots(count: number, way: Way): number[] {
  if (way === 'unpacked') return [count];
  return count < 12 ? Array.from({ length: count }, (_, i) => i + 1) : [1, count >> 1, count];
}

test.each([
  DEMO,
  ...['docker-classic.tar', 'oci-130-layers', 'oci-empty-layers'].map((name) => fixture(name)),
])('the snapshots of %s', agrees);

test('the snapshots of Debian with apt layers, deletions, pip and npm trees, and of an image of 120 layers', async () => {
  for (const image of await realImages()) await agrees(`oci:${image.layout}`);
}, 240_000);

function fixture(name: string): string {
  return name.endsWith('.tar') ? path.join(FIXTURES, name) : `oci:${path.join(FIXTURES, name)}`;
}

async function agrees(name: string): Promise<void> {
  const folder = mkdtempSync(path.join(base(), 'image-'));
  await withImage(name, async ({ image, union }) => {
    const tars = await plainTars(image, folder);
    if (tars === undefined) throw new Error(`${name} has a layer that is no tar`);
    for (const way of WAYS)
      for (const n of snapshots(union.layers.length, way)) {
        const whole = (tree: OracleTree, { left }: { readonly left: LeftOut }): OracleTree => {
          expect([...left]).toEqual([]);
          return tree;
        };
        const differences = await differencesWhenMounted(folder, { union, tars }, n, whole, way);
        expect([way, n, differences]).toEqual([way, n, []]);
      }
  });
}
