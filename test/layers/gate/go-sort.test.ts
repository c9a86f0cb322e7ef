import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { goSort } from '../../../src/layers/gate/go-sort.js';

/** Length, kind of list, and a sum over the order in which Go 1.26's sort.Sort left the places. */
const RECORDED = [
  [12, 0, 2840971142],
  [12, 1, 320164982],
  [12, 2, 2253027612],
  [12, 3, 3974904838],
  [12, 4, 119562386],
  [13, 0, 3644172474],
  [13, 1, 1448639868],
  [13, 2, 3582393128],
  [13, 3, 2962965702],
  [13, 4, 770942412],
  [49, 0, 4229037828],
  [49, 1, 1236929218],
  [49, 2, 367425112],
  [49, 3, 476951320],
  [49, 4, 2884142218],
  [50, 0, 352388981],
  [50, 1, 2784420591],
  [50, 2, 4061849547],
  [50, 3, 1900589081],
  [50, 4, 3768240417],
  [51, 0, 188085677],
  [51, 1, 120571903],
  [51, 2, 4118278103],
  [51, 3, 3083686713],
  [51, 4, 1652942795],
  [200, 0, 1418614714],
  [200, 1, 3936726344],
  [200, 2, 663614838],
  [200, 3, 3296821764],
  [200, 4, 404342634],
  [1000, 0, 2178609412],
  [1000, 1, 2848157374],
  [1000, 2, 1530785424],
  [1000, 3, 3074885182],
  [1000, 4, 2083931184],
  [5000, 0, 1005266956],
  [5000, 1, 294131908],
  [5000, 2, 235476908],
  [5000, 3, 3200120750],
  [5000, 4, 2714630216],
] as const;

/** The keys that the Go program had which made the table. */
function keysOf(length: number, kind: number): number[] {
  let state = length * 7 + kind;
  return Array.from({ length }, (_, i) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    if (kind === 0) return (state >>> 16) % 4;
    if (kind === 1) return (state >>> 16) % 1000;
    if (kind === 2) return Math.floor((length - i) / 3);
    if (kind === 3) return i % 97 === 0 ? 0 : Math.floor(i / 3);
    return (i % 8) * (i % 5);
  });
}

describe("Go's sort.Sort", () => {
  test.each(RECORDED)('%i items of kind %i: equals are left as Go leaves them', (length, kind, sum) => {
    const list = keysOf(length, kind).map((key, at) => ({ key, at }));
    goSort(list, (a, b) => a.key < b.key);
    expect(list.reduce((total, { at }) => (Math.imul(total, 31) + at) >>> 0, 0)).toBe(sum);
  });

  test('orders, and keeps what it is given', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 400 }), (list) => {
        const sorted = [...list];
        goSort(sorted, (a, b) => a < b);
        expect(sorted).toEqual([...list].sort((a, b) => a - b));
      }),
    );
  });
});
