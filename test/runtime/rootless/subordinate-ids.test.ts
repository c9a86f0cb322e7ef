import { describe, expect, test } from 'vitest';
import {
  freeRange,
  mapOfUser,
  rangesOf,
  rangesPrinted,
} from '../../../src/runtime/rootless/subordinate-ids.js';

const FILE = 'root:1:2\nann:100000:65536\n# ann:5:5\n1001:300000:10\nbob:165536:65536\nann:500000:100\n';

describe('subordinate ids (subuid(5))', () => {
  test('are all of the lines that name the user or his number', () => {
    expect(rangesOf(FILE, { uid: 1001, name: 'ann' })).toEqual([
      { first: 100_000, count: 65_536 },
      { first: 300_000, count: 10 },
      { first: 500_000, count: 100 },
    ]);
    expect(rangesOf(FILE, { uid: 1001, name: undefined })).toEqual([{ first: 300_000, count: 10 }]);
    expect(rangesOf(FILE, { uid: 7, name: 'an' })).toEqual([]);
  });

  test.each([
    '',
    ':',
    'ann',
    'ann:1',
    'ann:1:2:3',
    'ann:-1:5',
    'ann:1:0',
    'ann:x:5',
    'ann:4294967295:1',
    'ann:4294967290:9',
  ])('a line %j gives nothing', (line) => {
    expect(rangesOf(line, { uid: 1, name: 'ann' })).toEqual([]);
  });

  test('are read from what getsubids prints', () => {
    expect(rangesPrinted('0: ann 100000 65536\n1: ann 300000 5\n')).toEqual([
      { first: 100_000, count: 65_536 },
      { first: 300_000, count: 5 },
    ]);
    expect(rangesPrinted('Error fetching ranges')).toEqual([]);
  });

  test('the range to give next is above all that anybody has', () => {
    expect(freeRange('', '')).toEqual({ first: 100_000, count: 65_536 });
    expect(freeRange(FILE, 'bob:600000:65536')).toEqual({ first: 665_536, count: 65_536 });
  });

  test('the map has the user as root and the ranges behind each other, and no more lines than the kernel takes', () => {
    const ranges = rangesOf(FILE, { uid: 1001, name: 'ann' });
    expect(mapOfUser(1001, ranges)).toEqual([
      { containerID: 0, hostID: 1001, size: 1 },
      { containerID: 1, hostID: 100_000, size: 65_536 },
      { containerID: 65_537, hostID: 300_000, size: 10 },
      { containerID: 65_547, hostID: 500_000, size: 100 },
    ]);
    const many = Array.from({ length: 1000 }, (_, i) => ({ first: i * 10, count: 1 }));
    expect(mapOfUser(1, many)).toHaveLength(340);
  });
});
