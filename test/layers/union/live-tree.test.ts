import { expect, test } from 'vitest';
import { createLiveTree } from '../../../src/layers/union/live-tree.js';

/* Law: a node that was added is there until it is removed, however many there are. */

test('nodes beyond those that a roomy array of larger numbers has room for', () => {
  const tree = createLiveTree();
  const last = 12_000_000;
  tree.reserve(5_000_000);
  tree.add(0, 0);
  tree.reserve(last + 1);
  tree.add(last - 1, 0);
  tree.add(last, last - 1);
  const removed: number[] = [];
  tree.clear(0, (node) => removed.push(node));
  expect(removed).toEqual([last - 1, last]);
  expect(tree.isLive(last)).toBe(false);
  tree.release(last + 1);
});
