import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { moveNowhere } from '../../../src/runtime/container/move-nowhere.js';

// A law of safety: that time is saved is for the bench.
test('this process stays in the control groups that it is in', async () => {
  const groups = (): string => readFileSync('/proc/self/cgroup', 'utf8');
  const before = groups();
  for (let i = 0; i < 10; i++) moveNowhere();
  await sleep(100);
  expect(groups()).toBe(before);
});
