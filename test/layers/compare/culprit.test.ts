import { expect, test } from 'vitest';
import { culpritOf } from '../../../src/layers/compare/culprit.js';
import { differences } from '../../../src/layers/compare/diff.js';
import { unite } from '../../../src/layers/union/unite.js';
import { layerOf, type MemberSpec } from '../../helpers/layers.js';

const base: MemberSpec[] = [
  { name: 'file', content: 'x' },
  { name: 'name', type: 'hardlink', link: 'file' },
];

/** docs/decisions.md: a difference is made by a layer that only one side has; the base is never named. */
test.each([
  [
    'that is added',
    [{ name: 'third', type: 'hardlink', link: 'file' }],
    'after',
    ['/file', '/name', '/third'],
  ],
  ['that is removed', [{ name: '.wh.name' }], 'after', ['/file', '/name']],
] as const)('another name of a file %s is made by the layer that did it', (_what, top, side, paths) => {
  const [before, after] = [unite([layerOf(base)]), unite([layerOf(base), layerOf(top)])];
  const [a, b] = [
    { union: before, n: 1 },
    { union: after, n: 2 },
  ];
  const culprit = culpritOf(a, b);
  const found = [...differences(a, b)].filter(({ path }) => path !== '/');
  expect(found.map(({ path }) => path)).toEqual(paths);
  expect(found.map(culprit)).toEqual(paths.map(() => ({ side, layer: 2 })));
});
