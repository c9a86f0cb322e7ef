import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { differences } from '../../../src/layers/compare/diff.js';
import { facetNames } from '../../../src/layers/union/facets.js';
import type { Union } from '../../../src/layers/union/union.js';
import { gnuDiff, type Told } from '../../helpers/gnu-diff.js';
import { withImage } from '../../helpers/our-tree.js';
import { prefixImage } from '../../helpers/prefix-image.js';
import { type RealImage, realImages } from '../../helpers/real-images.js';
import { rebuiltImages } from '../../helpers/rebuilt-images.js';
import { rootTest } from '../../helpers/root.js';
import { tool } from '../../helpers/tool.js';

// `diff` equals `diff -r --no-dereference`, stat and getfattr on the two trees that umoci unpacks, entry by entry.

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'strata-diff-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Snapshot `n` as umoci unpacks it, once. */
async function unpacked(
  { name, layout }: Pick<RealImage, 'layout'> & { name: string },
  n: number,
): Promise<string> {
  const tree = path.join(folder, `${name}@${String(n)}`);
  if ((await tool('bash', ['-c', '[ -e "$1" ] && echo yes || true', 'bash', tree])).trim() === 'yes')
    return tree;
  await prefixImage(layout, n, `${tree}.oci`);
  await tool('umoci', ['raw', 'unpack', '--image', `${tree}.oci:1`, tree]);
  return tree;
}

function ours(a: Union, from: number, b: Union, to: number): Told {
  const told = new Map<string, string>();
  for (const { kind, path: where, facets } of differences({ union: a, n: from }, { union: b, n: to }))
    told.set(where, kind === 'modified' ? facetNames(facets).sort().join() : kind);
  return told;
}

/** Paths on which the two do not agree, with both words. */
function disagreements(mine: Told, theirs: Told): string[] {
  return [...new Set([...mine.keys(), ...theirs.keys()])]
    .filter((where) => mine.get(where) !== theirs.get(where))
    .map((where) => `${where}: ours ${mine.get(where) ?? 'same'}, theirs ${theirs.get(where) ?? 'same'}`);
}

rootTest(
  'two snapshots of one image: apt layers, deletions, pip and npm trees, copies, odd files; both directions',
  async () => {
    const [debian, many] = await realImages();
    const pairs: readonly (readonly [RealImage, number, number])[] = [
      [debian, 1, 2],
      [debian, 2, 3],
      [debian, 3, 4],
      [debian, 4, 5],
      [debian, 5, 6],
      [debian, 6, 7],
      [debian, 7, 8],
      [debian, 8, 9],
      [debian, 1, 9],
      [debian, 9, 4],
      [many, 49, 50],
      [many, 20, 120],
    ];
    for (const [image, from, to] of pairs) {
      const theirs = await gnuDiff(await unpacked(image, from), await unpacked(image, to));
      const mine = await withImage(`oci:${image.layout}`, ({ union }) => ours(union, from, union, to));
      expect(disagreements(mine, theirs)).toEqual([]);
      expect(mine.size).toBeGreaterThan(0);
    }
  },
  600_000,
);

rootTest(
  'two images: two builds of one Dockerfile, two versions of a tree',
  async () => {
    const images = await rebuiltImages();
    for (const [a, b] of [
      [0, 1],
      [1, 2],
      [2, 0],
    ] as const) {
      const theirs = await gnuDiff(await unpacked(images[a], 4), await unpacked(images[b], 4));
      const mine = await withImage(`oci:${images[a].layout}`, ({ union: before }) =>
        withImage(`oci:${images[b].layout}`, ({ union: after }) =>
          ours(before, before.layers.length, after, after.layers.length),
        ),
      );
      expect(disagreements(mine, theirs)).toEqual([]);
      expect(mine.size).toBeGreaterThan(3);
    }
  },
  600_000,
);
