import { expect, test } from 'vitest';
import { joinStacks } from '../../../src/layers/compare/join-stacks.js';
import { createForest } from '../../../src/tui/tree/file-tree.js';
import { rowCount, rowsFrom } from '../../../src/tui/tree/tree-rows.js';
import { nodePath } from '../../../src/layers/index/path-table.js';
import type { State } from '../../../src/tui/state/state.js';
import { layerOf } from '../../helpers/layers.js';
import { indexLayerFacts } from '../../helpers/loaded.js';
import { after, key, keys, typed } from '../../helpers/pressed.js';

/* Trees of one forest share their memory: the state must keep the one made last, and steps must reuse it. */

const layers = [
  layerOf([
    { name: 'etc/target', content: 'x' },
    { name: 'etc/other', content: 'x' },
  ]),
  layerOf([
    { name: 'dd/zlink', type: 'symlink', link: '/etc/target' },
    { name: 'dd/file', content: 'yy' },
  ]),
];

function pathsOf({ tree }: State): string[] {
  if (tree === undefined) return [];
  return rowsFrom(tree, 0, rowCount(tree)).map((node) => nodePath(tree.facts.union.paths, node));
}

function looked(): State {
  const { start, loaded } = indexLayerFacts(layers);
  return after(start, { type: 'loaded', loaded: loaded(2) }).state;
}

test('a link to a file that the settings hide leads nowhere, and the rows stay', () => {
  const found = after(looked(), key('1'), key('/'), ...typed('zlink'), key('Enter')).state;
  expect(pathsOf(found)).toEqual(['/dd', '/dd/zlink']);
  const followed = after(found, key('Enter')).state;
  expect(followed.message?.text).toBe('it leads to /etc/target, which is not among these files');
  expect(pathsOf(followed)).toEqual(['/dd', '/dd/zlink']);
});

test('a link to a file that only the filter hides leads to it, and ends the filter', () => {
  const { state } = after(looked(), key('/'), ...typed('zlink'), ...keys('Enter', 'Enter'));
  expect(state.filter).toBe('');
  expect(pathsOf(state)[rowOfCursor(state)]).toBe('/etc/target');
});

function rowOfCursor(state: State): number {
  const { tree, cursor } = state;
  return tree === undefined ? -1 : rowsFrom(tree, 0, rowCount(tree)).indexOf(cursor);
}

test('the directories that are open are an array of the joined union once the second image is read', () => {
  const other = [layerOf([{ name: 'only/in/second', content: 'z' }]), layers[1]];
  const state = looked();
  const beside = {
    image: state.image,
    top: 2,
    steps: state.steps,
    layer: 2,
    layersTop: 0,
    side: 'second' as const,
    shown: true,
    read: undefined,
  };
  const forest = createForest(joinStacks(layers, other));
  const read = { forest, layers: [], shared: { first: new Map(), second: new Map() } };
  const joined = after({ ...state, beside }, { type: 'beside', read }).state;
  expect(joined.open).toHaveLength(forest.union.paths.count);
  expect(joined.tree?.open).toBe(joined.open);
  const stepped = after(joined, key('[')).state;
  expect(stepped.beside?.layer).toBe(1);
  expect(stepped.tree?.open).toBe(joined.open);
});
