import { describe, expect, test } from 'vitest';
import { parseLimits } from '../../../src/commands/flags/limits.js';
import { parseCount } from '../../../src/commands/flags/quantity.js';
import { DEFAULT_LIMITS } from '../../../src/model/limits.js';

describe('parseCount', () => {
  test.each([
    ['0', 0],
    ['1500', 1500],
    ['1.5k', 1500],
    ['10MB', 10_000_000],
    ['10M', 10_000_000],
    ['10MiB', 10_485_760],
    ['1Gi', 1_073_741_824],
    ['2 tb', 2e12],
  ])('%s is %d', (text, count) => {
    expect(parseCount(text, 'size')).toBe(count);
  });

  test.each(['', '-1', 'x', '1e9', '10MX', '9999999P', '0x10', '1..5'])('%s is E_USAGE', (text) => {
    expect(() => parseCount(text, 'size')).toThrow(expect.objectContaining({ code: 'E_USAGE' }));
  });
});

describe('parseLimits', () => {
  test('without settings they are the defaults; later settings win', () => {
    expect(parseLimits([])).toEqual(DEFAULT_LIMITS);
    expect(parseLimits(['entries=1', 'entries=2'])).toEqual({ ...DEFAULT_LIMITS, entries: 2 });
  });

  test.each(['entries', 'entries=', 'nope=1', '__proto__=1', '=1'])('%s is E_USAGE', (setting) => {
    expect(() => parseLimits([setting])).toThrow(expect.objectContaining({ code: 'E_USAGE' }));
  });
});
