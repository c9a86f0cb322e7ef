import { expect, test } from 'vitest';
import { unite } from '../../../src/layers/union/unite.js';
import { createForest, type FileTree } from '../../../src/tui/tree/file-tree.js';
import { nodePath } from '../../../src/layers/index/path-table.js';
import { layerOf } from '../../helpers/layers.js';

const hide = { added: false, removed: false, modified: false, same: false };
const NONE = { waste: undefined, anomaly: undefined };

/* A file with several names takes its bytes once, as `treeSizes` has it: among changes at the first name that changed. */

const all = unite([
  layerOf([{ name: 'keep', content: 'k' }]),
  layerOf([
    { name: 'bin/box', content: 'x'.repeat(1000) },
    { name: 'bin/ls', type: 'hardlink', link: 'bin/box' },
    { name: 'bin/sh', type: 'hardlink', link: 'bin/box' },
  ]),
  layerOf([{ name: 'again', type: 'hardlink', link: 'bin/box' }]),
  layerOf([{ name: 'bin/.wh.ls' }, { name: 'bin/.wh.sh' }]),
]);

function looked(
  from: number,
  to: number,
): { tree: FileTree; bytes: (path: string) => number; node: (path: string) => number } {
  const settings = { from, to, onlyChanges: true, hide, sort: 'name' as const, filter: '' };
  const tree = createForest(all).tree(settings, new Uint8Array(all.paths.count).fill(1), NONE);
  const node = (path: string): number =>
    Array.from({ length: all.paths.count }, (_, i) => nodePath(all.paths, i)).indexOf(path);
  return { tree, node, bytes: (path) => tree.sizes(node(path)) };
}

test('the names that a layer brings count once, at the first', () => {
  const { bytes } = looked(1, 2);
  expect(['/bin', '/bin/box', '/bin/ls', '/bin/sh'].map(bytes)).toEqual([1000, 1000, 0, 0]);
});

test('a name that a later layer adds counts where the others did not change, and not where they did', () => {
  expect(looked(2, 3).bytes('/again')).toBe(1000);
  const { bytes } = looked(1, 3);
  expect(['/again', '/bin'].map(bytes)).toEqual([1000, 0]);
});

test('removed names of one file count once', () => {
  const { tree, node } = looked(3, 4);
  expect(tree.sums(node('/bin'))).toEqual({ added: 0, modified: 0, removed: 2, removedBytes: 1000 });
});
