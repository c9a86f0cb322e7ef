import { expect, test } from 'vitest';
import { REHEARSED, rehearseFilter } from '../../../src/tui/effects/rehearse-filter.js';

test('filters are rehearsed one at a time, so that a key between them is heard', async () => {
  const heard: string[] = [];
  rehearseFilter({ rehearse: (filter) => heard.push(filter) });
  expect(heard).toEqual([]);
  for (const filter of REHEARSED) {
    const before = heard.length;
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect([heard.length, heard.at(-1)]).toEqual([before + 1, filter]);
  }
});
