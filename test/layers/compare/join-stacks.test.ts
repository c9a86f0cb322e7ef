import fc from 'fast-check';
import { expect, test } from 'vitest';
import { changes } from '../../../src/layers/changes/changes.js';
import { differences } from '../../../src/layers/compare/diff.js';
import { joinStacks } from '../../../src/layers/compare/join-stacks.js';
import { secondSnapshot } from '../../../src/layers/compare/second-snapshot.js';
import { FACET } from '../../../src/layers/union/facets.js';
import type { LayerIndex } from '../../../src/layers/index/layer-index.js';
import { nodePath } from '../../../src/layers/index/path-table.js';
import { unite } from '../../../src/layers/union/unite.js';
import { layerOf, type MemberSpec } from '../../helpers/layers.js';

const NAMES = ['a', 'bin', 'lib.so', 'café'];

const member: fc.Arbitrary<MemberSpec> = fc
  .record({
    path: fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 }),
    kind: fc.constantFrom('file', 'file', 'dir', 'whiteout', 'opaque', 'symlink', 'hardlink'),
    content: fc.constantFrom('', 'one', 'two'),
    mode: fc.constantFrom(0o644, 0o755),
    mtime: fc.constantFrom(1, 2),
  })
  .map(({ path, kind, ...rest }): MemberSpec => {
    const name = path.join('/');
    if (kind === 'whiteout') return { name: [...path.slice(0, -1), `.wh.${path.at(-1) ?? ''}`].join('/') };
    if (kind === 'opaque') return { name: `${name}/.wh..wh..opq` };
    if (kind === 'dir') return { name, type: 'dir', mode: rest.mode };
    if (kind === 'symlink') return { name, type: 'symlink', link: rest.content };
    if (kind === 'hardlink') return { name, type: 'hardlink', link: 'a' };
    return { name, ...rest };
  });

const stack: fc.Arbitrary<LayerIndex[]> = fc
  .array(fc.array(member, { minLength: 1, maxLength: 10 }), { minLength: 1, maxLength: 3 })
  .map((layers) => layers.map(layerOf));

/** What becomes another kind is another thing: the rest of what differs is not told by both. */
const told = (facets: number): number => ((facets & FACET.kind) === 0 ? facets : FACET.kind);

test('two snapshots of a joined union differ as the two images do, and nodes of the first stay', () => {
  fc.assert(
    fc.property(stack, stack, fc.nat(2), fc.nat(2), (first, second, i, j) => {
      const n = 1 + (i % first.length);
      const m = 1 + (j % second.length);
      const a = unite(first);
      const joined = joinStacks(first, second);
      for (let node = 0; node < a.paths.count; node++)
        expect(nodePath(joined.paths, node)).toBe(nodePath(a.paths, node));
      const found = [...changes(joined, n, secondSnapshot(first.length, m))]
        // A directory that only one side has an entry for has no mode or time to compare with.
        .filter(({ node, facets }) => node !== 0 && facets !== FACET.mode)
        .map(({ node, kind, facets }) => [nodePath(joined.paths, node), kind, told(facets)]);
      const expected = [
        ...differences({ union: a, n }, { union: unite(second), n: m }, { ignore: FACET.links }),
      ]
        .filter(({ path, facets }) => path !== '/' && facets !== FACET.mode)
        .map(({ path, kind, facets }) => [path, kind, told(facets)]);
      expect(found).toEqual(expected);
    }),
  );
});

test('an image compared with itself has no difference', () => {
  const layers = [layerOf([{ name: 'a/b', content: 'x' }]), layerOf([{ name: 'a/.wh.b' }, { name: 'c' }])];
  const joined = joinStacks(layers, layers);
  for (const n of [1, 2]) expect([...changes(joined, n, secondSnapshot(2, n))]).toEqual([]);
});
