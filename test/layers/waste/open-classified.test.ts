import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { unite } from '../../../src/layers/union/unite.js';
import { openClassified } from '../../../src/layers/waste/open-classified.js';
import { classifyBytes } from '../../../src/layers/waste/classify-bytes.js';
import type { Classified } from '../../../src/layers/waste/waste.js';
import { layerOf, type MemberSpec } from '../../helpers/layers.js';
import { openAt, scratch } from '../../store/scratch.js';

const folder = scratch();

const COUNT = 10_001;
const files = (content: string): MemberSpec[] =>
  Array.from({ length: COUNT }, (_, i) => ({ name: `f${String(i)}`, content }));
const numbers = ({ classOf, goneIn, copiedBy }: Classified): unknown =>
  [classOf, goneIn, copiedBy].map((layers) => layers.map((rows) => rows?.join()));

test('a large stack is classified once for each snapshot, and read back the same; a small one is not kept', async () => {
  const store = await openAt(path.join(folder, 'store'));
  const kept = (): number =>
    readdirSync(path.join(folder, 'store/cache'), { recursive: true }).filter((name) =>
      /^waste-v\d+\/..\//.test(String(name)),
    ).length;
  const union = unite([layerOf(files('a')), layerOf(files('b')), layerOf([{ name: 'f1', content: '' }])]);
  for (const n of [3, 2, 3]) {
    const expected = classifyBytes(union, n);
    expect(numbers(await openClassified(union, n, store))).toEqual(numbers(expected));
    expect(numbers(await openClassified(union, n, store))).toEqual(numbers(expected));
  }
  expect(kept()).toBe(2);
  await openClassified(unite([layerOf([{ name: 'f', content: '' }])]), 1, store);
  expect(kept()).toBe(2);
});
