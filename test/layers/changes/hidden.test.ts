import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findDeleted, type DeletedFile } from '../../../src/layers/search/find.js';
import { findHidden, heldVersions, lastHidden } from '../../../src/layers/changes/hidden.js';
import { hiddenTree } from '../../../src/layers/changes/hidden-tree.js';
import { findLeaks } from '../../../src/layers/changes/leaks.js';
import { nodePath } from '../../../src/layers/index/path-table.js';
import { fileOfTouch, type SnapshotFile } from '../../../src/layers/union/snapshot-file.js';
import { leavesFile, liveTouch, lookup, type Union } from '../../../src/layers/union/union.js';
import { unite } from '../../../src/layers/union/unite.js';
import { walk } from '../../../src/layers/union/walk.js';
import { layerOf, type MemberSpec } from '../../helpers/layers.js';

const CONTENTS = ['', 'one', 'two', 'three'];

/** Members that collide: few names at two depths, few contents, whiteouts, links, the same path twice. */
const member: fc.Arbitrary<MemberSpec> = fc
  .record({
    name: fc.constantFrom('a', 'b', 'd', 'd/a', 'd/b', 'd/e/a', 'd/e'),
    type: fc.constantFrom('file', 'file', 'file', 'dir', 'symlink', 'hardlink', 'whiteout', 'opaque'),
    content: fc.constantFrom(...CONTENTS),
    link: fc.constantFrom('a', 'b', 'd/a'),
    mode: fc.constantFrom(0o644, 0o600),
  })
  .map(({ name, type, content, link, mode }): MemberSpec => {
    const slash = name.lastIndexOf('/') + 1;
    if (type === 'whiteout') return { name: `${name.slice(0, slash)}.wh.${name.slice(slash)}` };
    if (type === 'opaque') return { name: 'd/.wh..wh..opq' };
    if (type === 'file') return { name, content, mode };
    return type === 'dir' ? { name, type } : { name, type, link };
  });
const stack = fc
  .array(fc.array(member, { maxLength: 8 }), { minLength: 1, maxLength: 6 })
  .map((layers) => unite(layers.map(layerOf)));

/** Every version of every path up to layer `n`, read one by one. */
function* versions(union: Union, n: number): Generator<SnapshotFile> {
  for (let node = 0; node < union.paths.count; node++)
    for (let touch = union.touchStart[node]; touch < union.touchStart[node + 1]; touch++)
      if (union.touches.layer[touch] <= n && leavesFile(union, touch)) yield fileOfTouch(union, node, touch);
}

describe('findLeaks', () => {
  it('finds what a search through all versions by digest finds', () => {
    fc.assert(
      fc.property(stack, fc.nat(5), (union, below) => {
        const n = Math.max(1, union.layers.length - below);
        const all = [...versions(union, n)];
        const leak = findLeaks(union, n);
        for (const deleted of findDeleted(union, n, {})) {
          const { file, goneIn } = deleted;
          const same = all.filter(
            (one) => one.kind === 'file' && one.size > 0 && one.content === file.content,
          );
          const shown = same.filter((one) => liveTouch(union, one.node, n) === one.touch);
          const later = same.filter((one) => one.touch !== file.touch && one.layer >= goneIn);
          const found = leak(deleted);
          if (file.kind !== 'file' || file.size === 0) expect(found).toBeUndefined();
          else if (shown.length > 0) {
            expect(found?.shown).toBe(true);
            expect(shown.some(({ node, layer }) => node === found?.node && layer === found.layer)).toBe(true);
          } else if (later.length > 0) {
            expect(found?.shown).toBe(false);
            expect(found?.layer).toBe(Math.max(...later.map(({ layer }) => layer)));
            expect(later.some(({ node, layer }) => node === found?.node && layer === found.layer)).toBe(true);
          } else expect(found).toBeUndefined();
        }
      }),
      { numRuns: 2000 },
    );
  });
});

/** What says which bytes and metadata a file has. */
const inodeText = ({ kind, inode }: SnapshotFile): string =>
  `${kind} ${String(inode?.layer)} ${String(inode?.row)}`;

describe('hiddenTree', () => {
  it('has every hidden version once, at its layer and path, below directories, and nothing else', () => {
    fc.assert(
      fc.property(stack, (union) => {
        const n = union.layers.length;
        const tree = hiddenTree(union, n);
        const wanted = [...findDeleted(union, n, {})].map(({ file }) => file);
        expect(tree.versions).toBe(wanted.length);
        const made = new Map([...walk(tree.union, n)].map(({ file }) => [file.path, file]));
        const claimed = new Set<string>();
        for (const file of wanted) {
          const places = [...made].filter(
            ([path, one]) =>
              !claimed.has(path) &&
              inodeText(one) === inodeText(file) &&
              new RegExp(`^/${String(file.layer)}(\\.\\d+)?${file.path === '/' ? '' : file.path}$`).test(
                path,
              ),
          );
          expect([file.path, file.layer, places.length > 0]).toEqual([file.path, file.layer, true]);
          claimed.add(places[0][0]);
        }
        for (const [path, file] of made)
          if (!claimed.has(path)) expect([path, file.kind]).toEqual([path, 'directory']);
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps apart what one layer has twice, and what a file above it hides', () => {
    const union = unite([
      layerOf([
        { name: 'x', content: 'first' },
        { name: 'x/y', content: 'below' },
        { name: 'x', content: 'last' },
      ]),
      layerOf([{ name: '.wh.x' }]),
    ]);
    const files = [...walk(hiddenTree(union, 2).union, 2)].map(({ file }) => `${file.path} ${file.kind}`);
    expect(files.filter((text) => text.endsWith(' file'))).toEqual([
      '/1/x file',
      '/1.1/x file',
      '/1.3/x/y file',
    ]);
  });

  it('is linear in what is hidden however deep it lies', () => {
    const deep = 'd/'.repeat(1000);
    const names = Array.from({ length: 3000 }, (_, i) => `${deep}${String(i)}`);
    const union = unite([
      layerOf(names.map((name) => ({ name, content: name.slice(-4) }))),
      layerOf([{ name: '.wh.d' }]),
    ]);
    // 1000 directories, 3000 files, the root and its layer: walking up anew for each would be 3,000,000 steps.
    const tree = hiddenTree(union, 2);
    expect(tree.union.paths.count).toBe(4002);
  });
});

const LIFE: MemberSpec[][] = [
  [{ name: 'd/a', content: 'one' }],
  [{ name: 'd/a', content: 'one', mode: 0o600 }],
  [{ name: 'd/a', content: 'two' }],
  [{ name: '.wh.d' }],
  [{ name: 'd/b', content: 'one' }],
];

describe('the life of a version', () => {
  const union = unite(LIFE.map(layerOf));
  const node = lookup(union, '/d/a');

  it('says who brought the content, not who changed its mode, and how it went', () => {
    const lives = [...findHidden(union, 5, {}, node)].map(({ file, addedIn, goneIn, how }) => [
      file.layer,
      addedIn,
      goneIn,
      how,
    ]);
    expect(lives).toEqual([
      [2, 1, 3, 'replaced'],
      [3, 3, 4, 'hidden'],
    ]);
    expect(lastHidden(union, 5, node)?.file.layer).toBe(3);
    expect(lastHidden(union, 3, node)?.file.layer).toBe(2);
    expect(lastHidden(union, 2, node)).toBeUndefined();
  });

  it('lists every version that can be restored with what happened next', () => {
    const list = (n: number) => heldVersions(union, n, node).map(({ file, end }) => [file.layer, end]);
    expect(list(5)).toEqual([
      [1, { layer: 2, how: 'repeated' }],
      [2, { layer: 3, how: 'replaced' }],
      [3, { layer: 4, how: 'hidden' }],
    ]);
    expect(list(2)).toEqual([
      [1, { layer: 2, how: 'repeated' }],
      [2, undefined],
    ]);
  });

  it('tells where the content came back', () => {
    const leak = findLeaks(union, 5);
    const found = [...findDeleted(union, 5, {}, node)].map((deleted: DeletedFile) => leak(deleted));
    expect(found.map((one) => one && [nodePath(union.paths, one.node), one.layer, one.shown])).toEqual([
      ['/d/b', 5, true],
      undefined,
    ]);
  });
});

describe('what costs more than it states', () => {
  it('a path that one layer repeats deep down is refused, not made again and again', () => {
    const deep = 'd/'.repeat(1000);
    const repeated = Array.from({ length: 600 }, (_, i) => ({ name: `${deep}f`, content: String(i) }));
    expect(() => hiddenTree(unite([layerOf(repeated)]), 1)).toThrow(/too many times/);
    expect(hiddenTree(unite([layerOf(repeated.slice(0, 20))]), 1).versions).toBe(19);
  });
});
