import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { treeSizes } from '../../../src/layers/union/sizes.js';
import { nodeName, nodePath } from '../../../src/layers/index/path-table.js';
import { changes, countChanges } from '../../../src/layers/changes/changes.js';
import { liveTouch, type Union } from '../../../src/layers/union/union.js';
import { fileAt } from '../../../src/layers/union/snapshot-file.js';
import { unite } from '../../../src/layers/union/unite.js';
import { STATUS } from '../../../src/tui/tree/change-view.js';
import { createForest, type FileTree, type TreeSettings } from '../../../src/tui/tree/file-tree.js';
import {
  isVisible,
  nearestVisible,
  rowCount,
  rowOf,
  rowsFrom,
  withOpen,
} from '../../../src/tui/tree/tree-rows.js';
import { createNameMatcher } from '../../../src/tui/tree/name-match.js';
import { parseQuery } from '../../../src/tui/tree/query.js';
import { layerOf, type MemberSpec } from '../../helpers/layers.js';

const NAMES = ['a', 'bin', 'Data', 'lib.so', 'café', 'x y'];
const NONE = { waste: undefined, anomaly: undefined };

const member: fc.Arbitrary<MemberSpec> = fc
  .record({
    path: fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 4 }),
    kind: fc.constantFrom('file', 'file', 'file', 'dir', 'whiteout', 'symlink', 'hardlink'),
    size: fc.nat(2000),
    mode: fc.constantFrom(0o644, 0o755, 0o4755),
    target: fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 }),
  })
  .map(({ path, kind, size, mode, target }): MemberSpec => {
    if (kind === 'whiteout') return { name: [...path.slice(0, -1), `.wh.${path.at(-1) ?? ''}`].join('/') };
    if (kind === 'dir') return { name: path.join('/'), type: 'dir' };
    if (kind === 'symlink') return { name: path.join('/'), type: 'symlink', link: 'a' };
    if (kind === 'hardlink') return { name: path.join('/'), type: 'hardlink', link: target.join('/') };
    return { name: path.join('/'), content: 'x'.repeat(size), mode };
  });

const union: fc.Arbitrary<Union> = fc
  .array(fc.array(member, { minLength: 1, maxLength: 14 }), { minLength: 1, maxLength: 4 })
  .map((layers) => unite(layers.map(layerOf)));

const settings = (all: Union): fc.Arbitrary<TreeSettings> =>
  fc
    .record({
      a: fc.integer({ min: 0, max: all.layers.length }),
      b: fc.integer({ min: 1, max: all.layers.length }),
      onlyChanges: fc.boolean(),
      hide: fc.record({
        added: fc.boolean(),
        removed: fc.boolean(),
        modified: fc.boolean(),
        same: fc.boolean(),
      }),
      sort: fc.constantFrom('size' as const, 'name' as const),
      filter: fc.constantFrom(
        '',
        '',
        'a',
        '!bin',
        'lb',
        'D',
        'size:>500',
        're:^l',
        'a/b',
        'kind:file a',
        'setuid',
      ),
    })
    .map(({ a, b, ...rest }) => ({ ...rest, from: Math.min(a, b - 1), to: b }));

const grown = union.chain((all) =>
  fc.record({
    all: fc.constant(all),
    settings: settings(all),
    open: fc.uint8Array({ min: 0, max: 1, minLength: all.paths.count, maxLength: all.paths.count }),
  }),
);

/** The tree with a directory opened or closed, whichever it is not. */
function turned(tree: FileTree, node: number): FileTree {
  return { ...tree, ...withOpen(tree, node, tree.open[node] === 0) };
}

/** The rows by going through the whole tree. */
function slowRows(tree: FileTree): number[] {
  const rows: number[] = [];
  const visit = (node: number): void => {
    for (const child of Array.from(tree.childrenOf(node))) {
      rows.push(child);
      if (tree.open[child] === 1) visit(child);
    }
  };
  visit(0);
  return rows;
}

describe('rows of a tree', () => {
  test('any stretch of rows, and the row of any node, are those of the whole list', () => {
    fc.assert(
      fc.property(grown, fc.nat(40), fc.nat(10), ({ all, settings: how, open }, top, count) => {
        const tree = createForest(all).tree(how, open, NONE);
        const rows = slowRows(tree);
        expect(rowCount(tree)).toBe(rows.length);
        expect(rowsFrom(tree, top, count)).toEqual(rows.slice(top, top + count));
        for (let node = 1; node < all.paths.count; node++) {
          expect(rowOf(tree, node)).toBe(rows.indexOf(node));
          expect(isVisible(tree, node)).toBe(rows.includes(node));
        }
      }),
    );
  });

  test('the nearest row to any node is a row; a node with a row is its own', () => {
    fc.assert(
      fc.property(grown, ({ all, settings: how, open }) => {
        const tree = createForest(all).tree(how, open, NONE);
        const rows = slowRows(tree);
        for (let node = 0; node < all.paths.count; node++) {
          const near = nearestVisible(tree, node);
          if (rows.length === 0) expect(near).toBe(0);
          else expect(rows).toContain(near);
          if (rows.includes(node)) expect(near).toBe(node);
        }
      }),
    );
  });

  test('a filter that is rehearsed leaves the tree, its rows and what the next one is made from', () => {
    fc.assert(
      fc.property(grown, fc.constantFrom('a', 'e', 'lib'), (one, filter) => {
        const { all, settings: how, open } = one;
        const forest = createForest(all);
        const tree = forest.tree(how, open, NONE);
        const seen = () => [[...tree.rows], [...tree.shown], [...tree.open], forest.made, slowRows(tree)];
        const before = seen();
        forest.rehearse(filter, tree);
        expect(seen()).toEqual(before);
        const next = { ...how, filter };
        expect(slowRows(forest.tree(next, open, NONE, tree))).toEqual(
          slowRows(createForest(all).tree(next, open, NONE)),
        );
      }),
    );
  });

  test('opening and closing a directory is counting anew; closing what was opened changes nothing', () => {
    fc.assert(
      fc.property(grown, fc.nat(), ({ all, settings: how, open }, at) => {
        const tree = createForest(all).tree(how, open, NONE);
        const node = at % all.paths.count;
        const other = withOpen(tree, node, tree.open[node] === 0);
        expect(rowCount(other)).toBe(slowRows({ ...tree, ...other }).length);
        expect([...withOpen(other, node, tree.open[node] === 1).rows]).toEqual([...tree.rows]);
      }),
    );
  });
});

/** Bytes of the file that was there. */
function removedSize(all: Union, node: number, n: number): number {
  const file = fileAt(all, node, n);
  return file === undefined || file.kind === 'directory' ? 0 : file.size;
}

const NO_HIDING = {
  hide: { added: false, removed: false, modified: false, same: false },
  onlyChanges: false,
};

describe('moving in time', () => {
  /** Beside it the small layers are little, so that stepping does not count anew. */
  const BASE = layerOf(
    Array.from({ length: 250 }, (_, i) => ({ name: `d${String(i % 9)}/f${String(i)}`, content: 'x' })),
  );
  const nearby = fc
    .array(fc.array(member, { minLength: 1, maxLength: 6 }), { minLength: 2, maxLength: 5 })
    .map((small) => unite([BASE, ...small.map(layerOf)]));

  test('a forest that is walked through in time, folded and filtered on the way, shows what a new one shows', () => {
    const steps = nearby.chain((all) =>
      fc.record({
        all: fc.constant(all),
        steps: fc.array(
          fc.record({
            settings: settings(all),
            hides: fc.constantFrom(false, false, true),
            isNeighbour: fc.boolean(),
            folded: fc.array(fc.nat(all.paths.count - 1), { maxLength: 4 }),
          }),
          { minLength: 2, maxLength: 8 },
        ),
      }),
    );
    fc.assert(
      fc.property(steps, fc.constantFrom(0, 1), ({ all, steps: walk }, unfolded) => {
        let open: Uint8Array = new Uint8Array(all.paths.count).fill(unfolded);
        const walked = createForest(all);
        let last: FileTree | undefined;
        for (const { settings: how, hides, isNeighbour, folded } of walk) {
          if (last !== undefined && last.hits === undefined) {
            last = folded.reduce(turned, last);
            open = last.open;
          }
          const { to } = how;
          const from = isNeighbour ? to - 1 : how.from;
          const asked = hides ? { ...how, from } : { ...how, ...NO_HIDING, filter: '', from };
          const step = walked.tree(asked, open, NONE, last);
          const anew = createForest(all).tree(asked, open, NONE);
          last = step;
          expect([step.shown, step.rows, step.view, step.changes]).toEqual([
            anew.shown,
            anew.rows,
            anew.view,
            anew.changes,
          ]);
          expect([step.before.n, step.before.total()]).toEqual([from, anew.before.total()]);
          expect(rowsFrom(step, 0, step.rows.length)).toEqual(slowRows(anew));
        }
      }),
      { numRuns: 20 },
    );
  });
});

describe('what a tree shows', () => {
  test('sizes are those of treeSizes, also of what was before, and marks those of changes', () => {
    fc.assert(
      fc.property(grown, fc.nat(), ({ all, settings: how, open }, at) => {
        const forest = createForest(all);
        const sizes = treeSizes(all, how.to);
        const sizesBefore = treeSizes(all, how.from);
        // From another moment, or from nothing.
        const start = at % (2 * all.layers.length);
        if (start < all.layers.length) forest.tree({ ...how, from: start, to: start + 1 }, open, NONE);
        const { view, before, changes: marks } = forest.tree(how, open, NONE);
        const status = new Map(
          [...changes(all, how.from, how.to)].map(({ node, kind }) => [node, STATUS[kind]]),
        );
        expect(before.total()).toBe(sizesBefore.bytes(0));
        for (let node = 0; node < all.paths.count; node++) {
          expect(view.live[node]).toBe(liveTouch(all, node, how.to));
          expect(marks.status[node]).toBe(status.get(node) ?? STATUS.same);
          expect(before.live(node)).toBe(how.from === 0 ? -1 : liveTouch(all, node, how.from));
          const gone = marks.status[node] === STATUS.removed;
          expect([before.bytes(node), before.files(node)]).toEqual(
            gone ? [sizesBefore.bytes(node), sizesBefore.files(node)] : [0, 0],
          );
          if (view.live[node] < 0) continue;
          expect([view.bytes[node], view.files[node]]).toEqual([sizes.bytes(node), sizes.files(node)]);
        }
      }),
    );
  });

  test('sums of a directory are those of the changes at and below it', () => {
    fc.assert(
      fc.property(grown, ({ all, settings: how }) => {
        const forest = createForest(all);
        const tree = forest.tree(how, new Uint8Array(0), NONE);
        const list = [...changes(all, how.from, how.to)].map(({ node, kind }) => ({ node, kind }));
        for (let node = 1; node < all.paths.count; node++) {
          const path = nodePath(all.paths, node);
          const inside = list.filter(
            (one) => one.node === node || nodePath(all.paths, one.node).startsWith(`${path}/`),
          );
          const count = (kind: string): number => inside.filter((one) => one.kind === kind).length;
          const { added, modified, removed, removedBytes } = tree.sums(node);
          expect([added, modified, removed]).toEqual(['added', 'modified', 'removed'].map(count));
          const bytes = inside.map((one) =>
            one.kind === 'removed' ? removedSize(all, one.node, how.from) : 0,
          );
          expect(removedBytes).toBe(bytes.reduce((sum, size) => sum + size, 0));
        }
      }),
      { numRuns: 30 },
    );
  });

  test('a layer has as many changes as `layers` counts: the root directory is none of them', () => {
    fc.assert(
      fc.property(union, (all) => {
        const forest = createForest(all);
        const hide = { added: false, removed: false, modified: false, same: false };
        const base = { onlyChanges: false, hide, sort: 'name' as const, filter: '' };
        for (const [i, { added, replaced, metadata, removed }] of countChanges(all).entries()) {
          const tree = forest.tree({ ...base, from: i, to: i + 1 }, new Uint8Array(0), NONE);
          expect(tree.changes.counts).toEqual({ added, removed, modified: replaced + metadata });
        }
      }),
      { numRuns: 30 },
    );
  });

  test('a filter with a slash finds what stands in the path, and letters apart only where it stands nowhere', () => {
    fc.assert(
      fc.property(
        union,
        fc.constantFrom('a/b', '/bin', 'lib.so/a', 'a/a/a', 'b/Data', 'a/bn'),
        (all, filter) => {
          const match = createNameMatcher(all.paths);
          const typed = (length: number): Uint8Array => match(parseQuery(filter.slice(0, length)).names).fits;
          let fits = new Uint8Array(0);
          for (let length = 1; length <= filter.length; length++)
            fits = typed(length) as Uint8Array<ArrayBuffer>;
          const ignore = filter === filter.toLowerCase();
          const paths = Array.from({ length: all.paths.count }, (_, node) =>
            ignore ? nodePath(all.paths, node).toLowerCase() : nodePath(all.paths, node),
          );
          const stands = paths.some((path) => path.includes(filter));
          const letters = (path: string): boolean => {
            let at = 0;
            for (const char of path) if (char === filter[at]) at += 1;
            return at === filter.length;
          };
          for (let node = 1; node < paths.length; node++)
            expect(fits[node] === 1).toBe(stands ? paths[node].includes(filter) : letters(paths[node]));
        },
      ),
    );
  });

  test('a filter on names lets through what fits itself or lies in what fits, and what is above', () => {
    const apart = (name: string, text: string): boolean => {
      let at = 0;
      for (const char of name.toLowerCase()) if (char === text[at]) at += 1;
      return at === text.length;
    };
    fc.assert(
      fc.property(union, fc.constantFrom('a', 'lb', 'bin', 'so', 'ca', 'zz'), (all, filter) => {
        const base = { from: 0, to: all.layers.length, onlyChanges: false, sort: 'name' as const };
        const hide = { added: false, removed: false, modified: false, same: false };
        const tree = createForest(all).tree({ ...base, hide, filter }, new Uint8Array(0), NONE);
        const there = Array.from({ length: all.paths.count }, (_, node) => node).filter(
          (node) => node > 0 && liveTouch(all, node, all.layers.length) >= 0,
        );
        const names = Array.from({ length: all.paths.count }, (_, node) =>
          nodeName(all.paths, node).toLowerCase(),
        );
        const stands = names.some((name) => name.includes(filter));
        const fit = (part: string): boolean =>
          stands ? part.toLowerCase().includes(filter) : apart(part, filter);
        const fits = there
          .map((node) => nodePath(all.paths, node))
          .filter((path) => path.split('/').some((part) => part !== '' && fit(part)));
        const wanted = there.filter((node) => {
          const path = nodePath(all.paths, node);
          return fits.includes(path) || fits.some((fit) => fit.startsWith(`${path}/`));
        });
        expect(there.filter((node) => tree.shown[node] === 1)).toEqual(wanted);
      }),
    );
  });
});
