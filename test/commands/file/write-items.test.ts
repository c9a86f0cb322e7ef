import { expect, test } from 'vitest';
import { bytesOf } from '../../../src/commands/file/write-items.js';
import { fileAt } from '../../../src/layers/union/snapshot-file.js';
import { sparseStack } from '../../helpers/sparse-stack.js';

/* Law: progress ends at its total, which is what is read of layers: a hole is not, and a file of two names is once. */

test('holes are not among the bytes that are to come', async () => {
  const { union } = await sparseStack();
  const root = fileAt(union, 0, 3) ?? expect.fail('there is a root');
  const items = [{ file: root, name: 'root' }];
  expect(bytesOf({ union, n: 3, items })).toBe(2 * 512);
  expect(bytesOf({ union, n: 1, items })).toBe(3 * 512);
  expect(bytesOf({ union, n: 3, items: [...items, ...items] })).toBe(2 * 512);
});
