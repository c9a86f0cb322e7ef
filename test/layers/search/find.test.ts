import { expect, test } from 'vitest';
import { findDeleted } from '../../../src/layers/search/find.js';
import { unite } from '../../../src/layers/union/unite.js';
import { layerOf } from '../../helpers/layers.js';

test('a version went as its next layer has it, whatever is at the path afterwards', () => {
  const union = unite([
    layerOf([
      { name: 'a', content: '1' },
      { name: 'b', content: '1' },
      { name: 'd/c', content: '1' },
      { name: 'd/e', content: '1' },
    ]),
    layerOf([{ name: '.wh.a' }, { name: 'b', content: '2' }, { name: '.wh.d' }]),
    layerOf([
      { name: 'a', content: 'new' },
      { name: 'd/c', content: 'new' },
    ]),
  ]);
  const found = [...findDeleted(union, 3, {})].filter(({ file }) => file.kind === 'file');
  expect(found.map(({ file, goneIn, how, replaced }) => [file.path, goneIn, how, replaced])).toEqual([
    ['/a', 2, 'removed', true],
    ['/b', 2, 'replaced', true],
    ['/d/c', 2, 'hidden', true],
    ['/d/e', 2, 'hidden', false],
  ]);
});
