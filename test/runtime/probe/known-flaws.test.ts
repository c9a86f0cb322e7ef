import { expect, test } from 'vitest';
import { knownFlaws } from '../../../src/runtime/probe/known-flaws.js';

test.each([
  ['crun', '1.8.1', 1],
  ['crun', '1.26', 1],
  ['crun', '1.27', 0],
  ['crun', '1.28.1', 0],
  ['crun', '2.0', 0],
  ['runc', '1.1.5+ds1', 2],
  ['runc', '1.1.12', 1],
  ['runc', '1.2.7', 1],
  ['runc', '1.2.8', 0],
  ['runc', '1.3.0', 1],
  ['runc', '1.3.3', 0],
  ['runc', '1.4.0-rc.3', 0],
  ['runc', 'of an unknown version', 2],
] as const)('%s %s has %d known flaws', (kind, version, count) => {
  expect(knownFlaws(kind, version)).toHaveLength(count);
});
