import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { enlarged, grown, release, roomyArray } from '../../../src/layers/index/large-array.js';

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

test('on the way to a mebibyte few former selves are left in the heap, whose bytes are no more than the last', () => {
  let array = new Uint32Array(64);
  let left = 0;
  let times = 0;
  for (; array.byteLength < MB; times++) {
    left += array.byteLength;
    array = grown(array);
  }
  expect(times).toBeLessThan(9);
  expect(left).toBeLessThan(array.byteLength / 2);
  expect(grown(array, 5 * array.length).length).toBeGreaterThanOrEqual(5 * array.length);
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

test('where address space is short an array is as long as asked for instead of roomy', () => {
  const module = new URL('../../../dist/layers/index/large-array.js', import.meta.url).href;
  const program = `
    import { readFileSync } from 'node:fs';
    import { roomyArray } from ${JSON.stringify(module)};
    const left = () => 2000000 * 1024 - /VmSize:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1] * 1024;
    const taken = [];
    // Not to the last byte: V8 ends the process when there is no room for itself.
    while (left() > 60 * ${String(MB)}) taken.push(new Uint8Array(33 * ${String(MB)}));
    taken.push(new Uint8Array(left() - 24 * ${String(MB)}));
    const array = roomyArray(Uint32Array, ${String(MB)} + 7);
    array[${String(MB)}] = 5;
    console.log(array.length, array[${String(MB)}], taken.length > 2);`;
  const limited = [
    '-c',
    'ulimit -v 2000000; exec "$0" --input-type=module -e "$1"',
    process.execPath,
    program,
  ];
  expect(execFileSync('sh', limited, { encoding: 'utf8' }).trim()).toBe(`${String(MB + 7)} 5 true`);
});
