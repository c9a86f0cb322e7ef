import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type IdMap, idInside, idOutside } from '../../src/runtime/id-map.js';

const ROOTLESS: IdMap = [
  { containerID: 0, hostID: 1000, size: 1 },
  { containerID: 1, hostID: 100_000, size: 65_535 },
];

test('as user_namespaces(7) maps them: extents, and nothing outside of them', () => {
  expect([0, 1, 65_535].map((id) => idOutside(ROOTLESS, id))).toEqual([1000, 100_000, 165_534]);
  expect(idOutside(ROOTLESS, 65_536)).toBeUndefined();
  expect([1000, 100_000].map((id) => idInside(ROOTLESS, id))).toEqual([0, 1]);
  expect([0, 999, 1001, 99_999, 165_535].map((id) => idInside(ROOTLESS, id))).toEqual(
    Array(5).fill(undefined),
  );
});

test('inside is the inverse of outside; without a map ids stay as they are', () => {
  fc.assert(
    fc.property(fc.nat(65_535), (id) => {
      expect(idInside(ROOTLESS, idOutside(ROOTLESS, id) ?? -1)).toBe(id);
      expect(idInside([], id)).toBe(id);
    }),
  );
});
