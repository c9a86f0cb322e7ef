import { expect, test } from 'vitest';
import { enlarged, release, roomyArray } from '../../src/layers/large-array.js';

const MB = 1024 * 1024;

test('an array that grows keeps what is in it and is zero behind that, small or large', () => {
  for (const length of [3, 8 * MB]) {
    const old = Uint32Array.of(7, 8, 9);
    const larger = enlarged(old, length);
    expect(larger.length).toBeGreaterThanOrEqual(length);
    expect([...larger.subarray(0, 3)]).toEqual([7, 8, 9]);
    expect(larger.subarray(3).every((value) => value === 0)).toBe(true);
    expect([...old]).toEqual([7, 8, 9]);
  }
});

test('what is released is gone at once when much of it was in use, and is left alone otherwise', () => {
  const before = process.memoryUsage().arrayBuffers;
  const large = new Float64Array(8 * MB).fill(1);
  const small = Uint8Array.of(1, 2, 3);
  const mostlyUnused = roomyArray(Uint32Array, 2 * MB);
  release(large, small, mostlyUnused.subarray(0, 10));
  expect(large.length).toBe(0);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(40 * MB);
  expect([...small]).toEqual([1, 2, 3]);
  expect(mostlyUnused.length).toBeGreaterThanOrEqual(2 * MB);
});
