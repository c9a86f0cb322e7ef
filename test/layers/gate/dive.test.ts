import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { classifyBytes } from '../../../src/layers/waste/classify-bytes.js';
import { diveNumbers } from '../../../src/layers/gate/dive.js';
import { unite } from '../../../src/layers/union/unite.js';
import { wasteOf } from '../../../src/layers/waste/waste-sums.js';
import { layerOf, type MemberSpec } from '../../helpers/layers.js';
import { sparseStack } from '../../helpers/sparse-stack.js';

const file = (name: string, size: number): MemberSpec => ({ name, content: 'x'.repeat(size) });
const dir = (name: string): MemberSpec => ({ name, type: 'dir' });
const gone = (name: string): MemberSpec => ({ name: name.replace(/[^/]+$/, '.wh.$&') });
const of = (...layers: readonly (readonly MemberSpec[])[]) =>
  diveNumbers({ layers: layers.map(layerOf) }, layers.length);

describe("dive's formulas, mistakes included", () => {
  test('an overwritten file counts with all its copies', () => {
    const numbers = of([file('a', 30), file('b', 70)], [file('a', 50)]);
    expect(numbers).toMatchObject({
      efficiency: (30 + 70) / 150,
      wastedBytes: 80,
      userWastedPercent: 80 / 50,
    });
    expect(numbers.inefficient).toEqual([{ count: 2, sizeBytes: 80, path: '/a' }]);
    expect(numbers.flaws).toEqual(['live-copies']);
  });

  test('a removed directory counts its bytes once and wastes nothing', () => {
    const numbers = of([dir('d'), file('d/a', 30), file('b', 10)], [gone('d'), file('c', 10)]);
    expect(numbers).toMatchObject({ efficiency: 80 / 80, wastedBytes: 0, flaws: ['hidden-directories'] });
  });

  test('a directory without an entry is no directory when it is removed', () => {
    expect(of([file('d/a', 30)], [gone('d'), file('c', 10)]).efficiency).toBe(1);
    expect(of([file('d/a', 30)], [gone('d'), file('c', 10)]).sizeBytes).toBe(40);
  });

  test('a dangling whiteout ends its layer and counts as minus one byte', () => {
    const numbers = of([file('z', 10)], [gone('a'), file('z', 10)]);
    expect(numbers).toMatchObject({
      efficiency: (10 - 1) / 10,
      wastedBytes: 0,
      flaws: ['dangling-whiteouts'],
    });
  });

  test('one layer divides by zero: NaN; only whiteouts above the first: Infinity', () => {
    expect(of([file('a', 10)])).toMatchObject({ userWastedPercent: NaN, flaws: ['no-user-bytes'] });
    expect(of([file('a', 10)], [gone('a')])).toMatchObject({ userWastedPercent: Infinity });
  });

  test('holes of sparse files count as bytes', async () => {
    const { union } = await sparseStack();
    expect(diveNumbers(union, 1)).toMatchObject({
      sizeBytes: 6 * 2 ** 20,
      flaws: ['no-user-bytes', 'sparse-files'],
    });
    expect(diveNumbers(union, 2).flaws).toEqual(['live-copies', 'sparse-files']);
    expect(of([file('a', 10)], [file('b', 10)]).flaws).toEqual([]);
  });

  test('only the layers up to n count', () => {
    const layers = [layerOf([file('a', 10)]), layerOf([file('a', 20)]), layerOf([gone('a')])];
    expect(diveNumbers({ layers }, 2).wastedBytes).toBe(30);
    expect(diveNumbers({ layers }, 3).inefficient).toEqual([{ count: 3, sizeBytes: 30, path: '/a' }]);
  });

  test('without flaws its numbers are ours', () => {
    const size = fc.integer({ min: 1, max: 500 });
    fc.assert(
      fc.property(
        fc.array(size, { minLength: 1, maxLength: 8 }),
        size,
        fc.integer({ min: 0, max: 8 }),
        (sizes, last, cut) => {
          // Files of the first layer, some of which the second removes: all that dive gets right.
          const layers = [
            layerOf(sizes.map((bytes, i) => ({ name: `f${String(i)}`, content: String(i).repeat(bytes) }))),
            layerOf([...sizes.slice(0, cut).map((_, i) => gone(`f${String(i)}`)), file('last', last)]),
          ];
          const union = unite(layers);
          const dive = diveNumbers(union, 2);
          const ours = wasteOf(classifyBytes(union, 2), { ratios: [1, 1], steps: [], baseLayers: 0 });
          expect(dive.flaws).toEqual([]);
          expect(dive.wastedBytes).toBe(ours.wastedBytes);
          expect(dive.efficiency).toBeCloseTo(ours.efficiency, 12);
        },
      ),
    );
  });

  test('whiteouts of nested directories cost no more than their paths', () => {
    // dive visits every node below each of them: here more than 10^9.
    const depth = 900;
    const path = (length: number): string => Array.from({ length }, () => 'd').join('/');
    const base = Array.from({ length: depth }, (_, i) => dir(path(i + 1)));
    const wide = Array.from({ length: 2000 }, (_, i) => file(`${path(depth)}/f${String(i)}`, 1));
    const all = Array.from({ length: depth }, (_, i) => gone(path(i + 1)));
    const numbers = of([...base, ...wide], ...Array.from({ length: 20 }, () => [...base, ...all]));
    expect(numbers.inefficient.length).toBeGreaterThan(0);
  });
});
