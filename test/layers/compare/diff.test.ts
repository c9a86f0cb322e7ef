import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { collapse } from '../../../src/layers/compare/collapse.js';
import { culpritOf } from '../../../src/layers/compare/culprit.js';
import { type Difference, differences } from '../../../src/layers/compare/diff.js';
import { FACET, facetNames } from '../../../src/layers/union/facets.js';
import { joinRenames } from '../../../src/layers/compare/renames.js';
import { unite } from '../../../src/layers/union/unite.js';
import type { Side } from '../../../src/layers/compare/walk-both.js';
import { layerOf, type MemberSpec } from '../../helpers/layers.js';
import { snapshotTree } from '../../helpers/our-tree.js';

const sideOf = (...layers: (readonly MemberSpec[])[]): Side => ({
  union: unite(layers.map(layerOf)),
  n: layers.length,
});
const told = (found: Iterable<Difference>): string[] =>
  [...found].map(({ kind, path, facets, before }) =>
    kind === 'modified'
      ? `${path}: ${facetNames(facets).join()}`
      : kind === 'renamed'
        ? `${before?.path ?? ''} > ${path}: ${facetNames(facets).join()}`
        : `${kind} ${path}`,
  );

/** Few names, so that paths meet; every kind of member. */
const NAMES = ['a', 'b', 'c/d', 'c/e', 'c/f/g', 'c', 'c/f', 'h'];
const member: fc.Arbitrary<MemberSpec> = fc.oneof(
  fc.record({
    name: fc.constantFrom(...NAMES),
    content: fc.constantFrom('', 'one', 'two', 'three'),
    mode: fc.constantFrom(0o644, 0o755, 0o4755),
    uid: fc.constantFrom(0, 5),
    mtime: fc.constantFrom(1, 2),
    xattrs: fc.constantFrom(undefined, { 'user.a': '1' }, { 'user.a': '2' }),
  }),
  fc.record({
    name: fc.constantFrom(...NAMES),
    type: fc.constant('dir' as const),
    mode: fc.constantFrom(0o755, 0o700),
  }),
  fc.record({
    name: fc.constantFrom(...NAMES),
    type: fc.constant('symlink' as const),
    link: fc.constantFrom('a', 'b', '../x'),
  }),
  fc.record({
    name: fc.constantFrom(...NAMES),
    type: fc.constant('hardlink' as const),
    link: fc.constantFrom('a', 'b', 'c/d'),
  }),
  fc.record({
    name: fc.constantFrom(...NAMES),
    type: fc.constant('char' as const),
    device: fc.constantFrom([1, 3] as const, [1, 5] as const),
  }),
  fc.record({ name: fc.constantFrom('.wh.a', '.wh.c', 'c/.wh.d', 'c/.wh..wh..opq', '.wh.h') }),
);
const stack = fc.array(fc.array(member, { maxLength: 6 }), { minLength: 1, maxLength: 4 });

/** What differs by the two trees as they are read path by path. */
function slowly(a: Side, b: Side): string[] {
  const before = snapshotTree(a.union, a.n);
  const after = snapshotTree(b.union, b.n);
  const out: string[] = [];
  for (const path of new Set([...before.keys(), ...after.keys()])) {
    const [old, now] = [before.get(path), after.get(path)];
    if (old === undefined || now === undefined) {
      out.push(`${old === undefined ? 'added' : 'removed'} ${path}`);
      continue;
    }
    const same = old.kind === now.kind;
    const facets = [
      ...(same && old.sha256 !== now.sha256 ? ['content'] : []),
      ...(same ? [] : ['kind']),
      ...(old.mode === now.mode ? [] : ['mode']),
      ...(old.uid === now.uid && old.gid === now.gid ? [] : ['owner']),
      // A directory that no layer has an entry for has no time.
      ...(old.mtimeNs === now.mtimeNs || old.mtimeNs === 0n || now.mtimeNs === 0n ? [] : ['mtime']),
      ...(same && old.link !== now.link ? ['link'] : []),
      ...(JSON.stringify(old.xattrs) === JSON.stringify(now.xattrs) ? [] : ['xattrs']),
      ...(same && old.device !== now.device ? ['device'] : []),
      ...(old.group.join() === now.group.join() ? [] : ['links']),
    ];
    if (facets.length > 0) out.push(`${path}: ${facets.join()}`);
  }
  return out.sort();
}

describe('differences', () => {
  test('are those of the two trees read path by path, for any two stacks', () => {
    fc.assert(
      fc.property(stack, stack, (a, b) => {
        const [before, after] = [sideOf(...a), sideOf(...b)];
        expect(told(differences(before, after)).sort()).toEqual(slowly(before, after));
      }),
      { numRuns: 400 },
    );
  });

  test('are the same for two snapshots of one stack and for two stacks of their own', () => {
    fc.assert(
      fc.property(stack, fc.nat(), fc.nat(), (layers, i, j) => {
        const [from, to] = [1 + (i % layers.length), 1 + (j % layers.length)];
        const whole = sideOf(...layers);
        const one = differences({ ...whole, n: from }, { ...whole, n: to });
        const two = differences(sideOf(...layers.slice(0, from)), sideOf(...layers.slice(0, to)));
        expect(told(one)).toEqual(told(two));
      }),
      { numRuns: 300 },
    );
  });

  test('turned round they are mirrored; of the same snapshot there are none', () => {
    fc.assert(
      fc.property(stack, stack, (a, b) => {
        const [before, after] = [sideOf(...a), sideOf(...b)];
        const mirror = (text: string): string =>
          text.replace(/^(added|removed)/, (kind) => (kind === 'added' ? 'removed' : 'added'));
        expect(told(differences(after, before))).toEqual(told(differences(before, after)).map(mirror));
        expect(told(differences(before, sideOf(...a)))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  const before = sideOf([
    { name: 'etc', type: 'dir' },
    { name: 'etc/a', content: 'aa' },
    { name: 'etc/b', content: 'bb', mode: 0o600 },
    { name: 'lib', type: 'dir' },
    { name: 'lib/c', content: 'cc' },
  ]);
  const after = sideOf([
    { name: 'etc', type: 'dir' },
    { name: 'etc/a', content: 'ab' },
    { name: 'etc/b', content: 'bb', mtime: 5 },
    { name: 'lib', type: 'dir', uid: 7 },
  ]);

  test('same size, other bytes: the digest decides', () => {
    expect(told(differences(before, after))).toEqual([
      '/etc/a: content',
      '/etc/b: mode,mtime',
      '/lib: owner',
      'removed /lib/c',
    ]);
  });

  test('below the tops only, each path once; facets that do not count leave nothing', () => {
    const tops = ['/lib/c', '/lib', '/lib'];
    expect(told(differences(before, after, { tops }))).toEqual(['/lib: owner', 'removed /lib/c']);
    const ignore = FACET.mode | FACET.mtime | FACET.content;
    expect(told(differences(before, after, { tops: ['/etc'], ignore }))).toEqual([]);
    expect(told(differences(before, after, { fits: (path) => path.endsWith('a') }))).toEqual([
      '/etc/a: content',
    ]);
  });

  test('what a layer of the other side removed is said with its number', () => {
    const gone = sideOf([{ name: 'x', content: 'x' }], [{ name: '.wh.x' }], [{ name: 'y' }]);
    const [found] = differences({ ...gone, n: 1 }, gone);
    expect([found.kind, found.path, found.goneIn]).toEqual(['removed', '/x', 2]);
    const [back] = differences(gone, { ...gone, n: 1 });
    expect([back.kind, back.path, back.goneIn]).toEqual(['added', '/x', 2]);
  });
});

describe('renames', () => {
  const renamed = (a: Side, b: Side): string[] => told(joinRenames([...differences(a, b)], a, b));

  test('a file at another path with the same bytes; what else differs is said; empty files are no evidence', () => {
    const a = sideOf([{ name: 'old', content: 'same' }, { name: 'empty' }]);
    const b = sideOf([{ name: 'new', content: 'same', mode: 0o755 }, { name: 'void' }]);
    expect(renamed(a, b)).toEqual(['removed /empty', '/old > /new: mode', 'added /void']);
  });

  test('of several the one of the same name', () => {
    const a = sideOf([
      { name: 'p/x', content: 's' },
      { name: 'p/y', content: 's' },
    ]);
    const b = sideOf([
      { name: 'q/y', content: 's' },
      { name: 'q/z', content: 's' },
    ]);
    expect(renamed(a, b)).toEqual(['removed /p', 'added /q', '/p/y > /q/y: ', '/p/x > /q/z: ']);
  });

  test('as many as there are with the same bytes', () => {
    const many = (top: string): MemberSpec[] =>
      Array.from({ length: 20_000 }, (_, i) => ({ name: `${top}${String(i)}`, content: 'x' }));
    expect(renamed(sideOf(many('a')), sideOf(many('b')))).toHaveLength(20_000);
  });

  test('no difference is lost or told twice, for any two stacks', () => {
    fc.assert(
      fc.property(stack, stack, (layersA, layersB) => {
        const [a, b] = [sideOf(...layersA), sideOf(...layersB)];
        const all = [...differences(a, b)];
        const joined = joinRenames(all, a, b);
        const split = joined.flatMap((difference) =>
          difference.kind === 'renamed'
            ? [`removed ${difference.before?.path ?? ''}`, `added ${difference.path}`]
            : told([difference]),
        );
        expect(split.sort()).toEqual(told(all).sort());
        for (const { kind, before: old, after: now } of joined)
          if (kind === 'renamed') expect(old?.content).toBe(now?.content);
      }),
      { numRuns: 300 },
    );
  });
});

describe('collapse', () => {
  test('a directory that came whole by one layer is one line; what else is below is not', () => {
    const files = (top: string, count: number): MemberSpec[] =>
      Array.from({ length: count }, (_, i) => ({ name: `${top}/${String(i)}`, content: 'abc' }));
    const a = sideOf([{ name: 'x' }]);
    const b = sideOf(
      [{ name: 'x' }, { name: 'whole', type: 'dir' }, ...files('whole', 10)],
      [
        { name: 'few', type: 'dir' },
        ...files('few', 2),
        { name: 'mixed', type: 'dir' },
        ...files('mixed', 9),
      ],
      [{ name: 'mixed/9', content: 'later' }],
      [{ name: 'nest', type: 'dir' }, { name: 'nest/sub', type: 'dir' }, ...files('nest/sub', 9)],
      [{ name: 'nest/sub/9', content: 'later' }],
    );
    const rows = [...collapse([...differences(a, b)])];
    const lines = rows.map((row) =>
      'difference' in row ? `${row.difference.path} ${String(row.files)} ${String(row.bytes)}` : row.path,
    );
    expect(lines).toEqual([
      '/few',
      '/few/0',
      '/few/1',
      '/mixed',
      ...Array.from({ length: 10 }, (_, i) => `/mixed/${String(i)}`),
      '/nest',
      '/nest/sub',
      ...Array.from({ length: 10 }, (_, i) => `/nest/sub/${String(i)}`),
      '/whole 10 30',
    ]);
  });

  test('every difference is in exactly one line, for any two stacks', () => {
    fc.assert(
      fc.property(stack, stack, (layersA, layersB) => {
        const found = [...differences(sideOf(...layersA), sideOf(...layersB))];
        let at = 0;
        for (const row of collapse(found)) {
          if (!('difference' in row)) {
            expect(row).toBe(found[at++]);
            continue;
          }
          expect(row.difference).toBe(found[at++]);
          let files = 0;
          for (; at < found.length && found[at].path.startsWith(`${row.difference.path}/`); at++)
            if ((found[at].after ?? found[at].before)?.kind !== 'directory') files += 1;
          expect(row.files).toBe(files);
        }
        expect(at).toBe(found.length);
      }),
      { numRuns: 300 },
    );
  });
});

describe('who made it', () => {
  const base: MemberSpec[] = [
    { name: 'f', content: 'base' },
    { name: 'g', content: 'base' },
  ];
  const by = (a: Side, b: Side): string[] => {
    const culprit = culpritOf(a, b);
    return [...differences(a, b)].map((difference) => {
      const { side, layer } = culprit(difference);
      return `${difference.path} ${side} ${String(layer)}`;
    });
  };

  test('a layer that both have is never named', () => {
    const a = sideOf(base, [{ name: 'f', content: 'mine' }]);
    expect(by(a, sideOf(base))).toEqual(['/f before 2']);
    expect(by(sideOf(base), a)).toEqual(['/f after 2']);
    const removed = sideOf(base, [{ name: '.wh.g' }]);
    expect(by(sideOf(base), removed)).toEqual(['/g after 2']);
    expect(by(removed, sideOf(base))).toEqual(['/g before 2']);
  });

  test('where both sides did something the second is named', () => {
    const a = sideOf(base, [{ name: 'f', content: 'mine' }]);
    const b = sideOf(base, [{ name: 'f', content: 'yours' }, { name: 'new' }]);
    expect(by(a, b)).toEqual(['/f after 2', '/new after 2']);
  });
});
