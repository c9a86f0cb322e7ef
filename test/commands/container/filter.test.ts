import { expect, test } from 'vitest';
import { parseFilters } from '../../../src/commands/container/filter.js';

const CONTAINERS = [
  { id: 'abc1', name: 'web', status: 'running' },
  { id: 'abd2', name: 'web-old', status: 'exited', exit: { status: 3 } },
  { id: 'f003', name: 'db', status: 'exited', exit: undefined },
];

const names = (...texts: string[]): string[] => {
  const { fits } = parseFilters(texts);
  return CONTAINERS.filter(fits).map(({ name }) => name);
};

test('of one key any must fit, of several all', () => {
  expect(names()).toEqual(['web', 'web-old', 'db']);
  expect(names('name=web')).toEqual(['web', 'web-old']);
  expect(names('name=web', 'status=exited')).toEqual(['web-old']);
  expect(names('status=running', 'status=exited')).toEqual(['web', 'web-old', 'db']);
  expect(names('id=ab')).toEqual(['web', 'web-old']);
  expect(names('exited=3')).toEqual(['web-old']);
  expect(names('exited=0')).toEqual([]);
});

test('those that have ended are wanted where an end is asked for', () => {
  expect(parseFilters(['status=exited']).anyStatus).toBe(true);
  expect(parseFilters(['exited=1']).anyStatus).toBe(true);
  expect(parseFilters(['name=x']).anyStatus).toBe(false);
});

test.each(['status', '=running', 'colour=red', 'status=gone', 'exited=-1', 'exited=x', 'toString=1'])(
  '%s is no filter',
  (text) => {
    expect(() => parseFilters([text])).toThrow(expect.objectContaining({ code: 'E_USAGE' }));
  },
);
