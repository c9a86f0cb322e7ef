import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileAt } from '../../../src/layers/union/snapshot-file.js';
import { TOUCH_KINDS } from '../../../src/layers/union/touch.js';
import { unite } from '../../../src/layers/union/unite.js';
import { lookup, type Union } from '../../../src/layers/union/union.js';
import { walk, walkNodes } from '../../../src/layers/union/walk.js';
import { layerOf, type MemberSpec } from '../../helpers/layers.js';
import { modelUnion } from '../union-model.js';

const file = (name: string, content = name, more: Partial<MemberSpec> = {}): MemberSpec => ({
  name,
  content,
  ...more,
});
const dir = (name: string, mode = 0o755): MemberSpec => ({ name, type: 'dir', mode });
const union = (...layers: MemberSpec[][]): Union => unite(layers.map(layerOf));
const paths = (of: Union, n: number): string[] => [...walk(of, n)].map(({ file: found }) => found.path);
const codes = (of: Union): string[] => [...of.anomalyCounts.keys()];
const touchesOf = (of: Union, path: string): string[] => {
  const node = lookup(of, path);
  const list: string[] = [];
  for (let touch = of.touchStart[node]; touch < of.touchStart[node + 1]; touch++)
    list.push(`${String(of.touches.layer[touch])}:${TOUCH_KINDS[of.touches.kind[touch]]}`);
  return list;
};

describe('whiteouts (OCI image-spec 1.1 layer.md)', () => {
  it('hide a file of a lower layer and nothing else', () => {
    const of = union([dir('a'), file('a/b'), file('a/c')], [file('a/.wh.b', '')]);
    expect(paths(of, 1)).toEqual(['/', '/a', '/a/b', '/a/c']);
    expect(paths(of, 2)).toEqual(['/', '/a', '/a/c']);
    expect(touchesOf(of, '/a/b')).toEqual(['1:added', '2:removed']);
  });
  it('of a directory hide all that is below it', () => {
    const of = union([dir('a'), dir('a/b'), file('a/b/c')], [file('.wh.a', '')]);
    expect(paths(of, 2)).toEqual(['/']);
    expect(touchesOf(of, '/a/b/c')).toEqual(['1:added', '2:hidden']);
  });
  it('never hide what their own layer adds, in either order', () => {
    for (const layer of [
      [file('.wh.a', ''), file('a', 'new')],
      [file('a', 'new'), file('.wh.a', '')],
    ]) {
      const of = union([file('a', 'old')], layer);
      expect(paths(of, 2)).toEqual(['/', '/a']);
      expect(touchesOf(of, '/a')).toEqual(['1:added', '2:removed', '2:added']);
    }
  });
  it('opaque: hide lower children, keep those of their own layer and the directory', () => {
    for (const layer of [
      [dir('a'), file('a/.wh..wh..opq', ''), file('a/new')],
      [dir('a'), file('a/new'), file('a/.wh..wh..opq', '')],
    ])
      expect(paths(union([dir('a'), file('a/old'), dir('a/d'), file('a/d/x')], layer), 2)).toEqual([
        '/',
        '/a',
        '/a/new',
      ]);
  });
  it('opaque at the root empties it', () => {
    expect(paths(union([file('a'), dir('b')], [file('.wh..wh..opq', ''), file('c')]), 2)).toEqual([
      '/',
      '/c',
    ]);
  });
  it('without anything to hide are an anomaly and change nothing', () => {
    const of = union([file('a')], [file('.wh.b', '')]);
    expect(paths(of, 2)).toEqual(['/', '/a']);
    expect(codes(of)).toContain('whiteout-dangling');
  });
  it('without anything to hide say why', () => {
    const why = (...layers: MemberSpec[][]): (string | undefined)[] =>
      union(...layers)
        .anomalies.filter(({ code }) => code === 'whiteout-dangling')
        .map(({ where, detail }) => `${where}: ${String(detail)}`);
    expect(why([file('a')], [file('.wh.b')])).toEqual(['/b: layer 2: no lower layer has it']);
    expect(why([file('a')], [file('.wh.a')], [file('.wh.a')])).toEqual([
      '/a: layer 3: it is gone since layer 2',
    ]);
    const above = 'a whiteout or opaque mark above it removes it in the same layer';
    expect(why([file('d/x')], [file('d/.wh..wh..opq'), file('d/.wh.x')])).toEqual([
      `/d/x: layer 2: ${above}`,
    ]);
    expect(why([file('d/x')], [file('.wh.d'), file('d/.wh.x')])).toEqual([`/d/x: layer 2: ${above}`]);
    expect(why([file('d/x')], [file('d/.wh.x'), file('d/.wh..wh..opq')])).toEqual([]);
  });
  it('of nothing, `.` and `..` are errors and hide nothing', () => {
    const layer = layerOf([dir('etc'), file('etc/.wh.', ''), file('etc/.wh..', ''), file('etc/.wh...', '')]);
    expect(layer.anomalyCounts.get('whiteout-invalid')).toBe(3);
    expect(paths(unite([layerOf([dir('etc'), file('etc/x')]), layer]), 2)).toEqual(['/', '/etc', '/etc/x']);
  });
});

describe('replacing', () => {
  it('a directory by a file or symlink removes its children', () => {
    const of = union([dir('a'), file('a/b')], [{ name: 'a', type: 'symlink', link: 'c' }]);
    expect(paths(of, 2)).toEqual(['/', '/a']);
    expect(touchesOf(of, '/a/b')).toEqual(['1:added', '2:hidden']);
  });
  it('a directory by a directory keeps its children and takes the new metadata', () => {
    const of = union([dir('a', 0o755), file('a/b')], [dir('a', 0o700)]);
    expect(paths(of, 2)).toEqual(['/', '/a', '/a/b']);
    expect(fileAt(of, lookup(of, '/a'), 2)?.mode).toBe(0o700);
    expect(touchesOf(of, '/a')).toEqual(['1:added', '2:metadata']);
  });
  it('tells content from metadata from nothing', () => {
    const of = union(
      [file('a', 'x')],
      [file('a', 'x', { mode: 0o600 })],
      [file('a', 'x', { mode: 0o600 })],
      [file('a', 'y')],
    );
    expect(touchesOf(of, '/a')).toEqual(['1:added', '2:metadata', '3:restated', '4:replaced']);
  });
  it('a symlink retargeted with the same time is a replacement (dive sees nothing)', () => {
    const of = union(
      [{ name: 'l', type: 'symlink', link: 'a' }],
      [{ name: 'l', type: 'symlink', link: 'b' }],
    );
    expect(touchesOf(of, '/l')).toEqual(['1:added', '2:replaced']);
  });
  it('a member below a symlink of a lower layer replaces the link by a directory, as overlayfs does', () => {
    const of = union([{ name: 'l', type: 'symlink', link: '/etc' }], [file('l/x')]);
    expect(fileAt(of, lookup(of, '/l'), 2)?.kind).toBe('directory');
    expect(lookup(of, '/etc')).toBe(-1);
    expect(codes(of)).toContain('path-through-symlink');
  });
});

it('a symlink has mode 0777 whatever its archive says, as Linux gives it (found with a bazel image)', () => {
  const link = (mode: number): MemberSpec => ({ name: 'l', type: 'symlink', link: 'a', mode });
  const of = union([link(0o755)], [link(0o700)]);
  expect(fileAt(of, lookup(of, '/l'), 2)?.mode).toBe(0o777);
  expect(touchesOf(of, '/l')).toEqual(['1:added', '2:restated']);
});

describe('hard links', () => {
  const content = (of: Union, path: string, n: number): string | undefined =>
    fileAt(of, lookup(of, path), n)?.content;
  it('have content and metadata of their target, also of a lower layer', () => {
    const of = union([file('a', 'A', { mode: 0o600 })], [{ name: 'b', type: 'hardlink', link: 'a' }]);
    expect(content(of, '/b', 2)).toBe(content(of, '/a', 1));
    expect(fileAt(of, lookup(of, '/b'), 2)?.mode).toBe(0o600);
    expect(codes(of)).toContain('hardlink-across-layers');
  });
  it('keep the content when their target is overwritten or removed later', () => {
    const of = union(
      [file('a', 'A'), { name: 'b', type: 'hardlink', link: 'a' }],
      [file('a', 'other')],
      [file('.wh.a', '')],
    );
    expect(content(of, '/b', 2)).toBe(content(of, '/a', 1));
    expect(content(of, '/b', 3)).toBe(content(of, '/a', 1));
  });
  it('chains lead to the first file', () => {
    const of = union([
      file('a', 'A'),
      { name: 'b', type: 'hardlink', link: '/a' },
      { name: 'c', type: 'hardlink', link: './b' },
    ]);
    expect(fileAt(of, lookup(of, '/c'), 1)?.inode).toEqual({ layer: 1, row: 0 });
  });
  it('to a path that the same layer whites out are ignored and an error', () => {
    const of = union([file('a', 'A')], [file('.wh.a', ''), { name: 'b', type: 'hardlink', link: 'a' }]);
    expect(paths(of, 2)).toEqual(['/']);
    expect(codes(of)).toContain('hardlink-target-missing');
  });
  it('to a member that comes later are ignored and named so', () => {
    const of = union([{ name: 'b', type: 'hardlink', link: 'a' }, file('a')]);
    expect(paths(of, 1)).toEqual(['/', '/a']);
    expect(codes(of)).toEqual(['hardlink-forward']);
  });
});

describe('names', () => {
  it('that are not UTF-8 stay apart although both print alike', () => {
    const of = union([{ name: Uint8Array.of(0x78, 0xff) }, { name: Uint8Array.of(0x78, 0xfe) }]);
    expect(new Set(paths(of, 1)).size).toBe(3);
  });
  it('with `..` never leave the root', () => {
    const of = union([file('../../x'), file('a/../../y'), file('..')]);
    expect(paths(of, 1)).toEqual(['/', '/x', '/y']);
    expect(of.layers[0].anomalyCounts.get('path-escape')).toBe(4);
  });
});

describe('a property of every stack of layers', () => {
  const part = fc.constantFrom('a', 'b', 'c');
  const path = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
  // Up, from the root, through itself: members of the same layer go through such links in every way.
  const target = fc
    .tuple(fc.constantFrom('', '', '/', '../', './'), path, fc.constantFrom('', '', '/', '/..'))
    .map((parts) => parts.join(''));
  const member: fc.Arbitrary<MemberSpec> = fc.oneof(
    fc.record({ name: path, content: fc.constantFrom('x', 'y', ''), mode: fc.constantFrom(0o644, 0o755) }),
    fc.record({ name: path, type: fc.constant('dir' as const), mode: fc.constantFrom(0o755, 0o700) }),
    fc.record({ name: path, type: fc.constant('symlink' as const), link: target, mode: fc.constant(0o777) }),
    fc.record({ name: path, type: fc.constant('hardlink' as const), link: path }),
    fc.tuple(path, fc.boolean()).map(([name, opaque]): MemberSpec => {
      const parts = name.split('/');
      const last = parts.pop() ?? '';
      return { name: [...parts, opaque ? '.wh..wh..opq' : `.wh.${last}`].join('/') };
    }),
  );
  const stack = fc.array(fc.array(member, { maxLength: 12 }), { minLength: 1, maxLength: 5 });

  it('the fold gives at every snapshot what the slow model gives', () => {
    fc.assert(
      fc.property(stack, (layers) => {
        const of = unite(layers.map(layerOf));
        modelUnion(layers).forEach((tree, i) => {
          const ours = [...walk(of, i + 1)].map(({ file: found }) => found);
          expect(
            ours
              .map((found) => found.path)
              .filter((found) => found !== '/')
              .sort(),
          ).toEqual([...tree.keys()].filter((found) => found !== '/').sort());
          const groups = new Map<object, Set<string>>();
          const ourGroups = new Map<string, Set<string>>();
          for (const found of ours) {
            const model = tree.get(found.path);
            if (model === undefined || found.path === '/') continue;
            expect([found.path, found.kind, found.mode, found.link]).toEqual([
              found.path,
              model.kind,
              model.mode,
              model.link,
            ]);
            if (found.kind === 'file') expect(found.size).toBe(model.content.length);
            if (found.kind !== 'file') continue;
            groups.set(model.inode, (groups.get(model.inode) ?? new Set()).add(found.path));
            const key = JSON.stringify(found.inode);
            ourGroups.set(key, (ourGroups.get(key) ?? new Set()).add(found.path));
          }
          expect([...ourGroups.values()].map((set) => [...set].join())).toEqual(
            [...groups.values()].map((set) => [...set].join()),
          );
        });
      }),
      { numRuns: 400 },
    );
  });

  it('every existing path but the root has an existing directory above it', () => {
    fc.assert(
      fc.property(stack, (layers) => {
        const of = unite(layers.map(layerOf));
        for (let n = 1; n <= layers.length; n++)
          for (let node = 1; node < of.paths.count; node++)
            if (fileAt(of, node, n) !== undefined)
              expect(fileAt(of, of.paths.parent[node], n)?.kind).toBe('directory');
      }),
    );
  });

  it('paths come sorted by bytes within a directory, each once', () => {
    fc.assert(
      fc.property(stack, (layers) => {
        const of = unite(layers.map(layerOf));
        const nodes = [...walkNodes(of, layers.length)];
        expect(new Set(nodes).size).toBe(nodes.length);
        for (let node = 0; node < of.paths.count; node++) {
          const names = [...of.children.subarray(of.childStart[node], of.childStart[node + 1])].map((child) =>
            of.paths.names.subarray(of.paths.nameEnd[child - 1], of.paths.nameEnd[child]),
          );
          for (let i = 1; i < names.length; i++)
            expect(Buffer.compare(names[i - 1], names[i])).toBeLessThan(0);
        }
      }),
    );
  });
});
