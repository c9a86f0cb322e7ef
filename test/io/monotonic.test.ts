import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { monotonic } from '../../src/io/monotonic.js';

test('counts milliseconds and never goes back', async () => {
  const begun = monotonic();
  await sleep(50);
  const passed = monotonic() - begun;
  // A timer may come a millisecond early; a busy machine makes it late.
  expect(passed).toBeGreaterThan(48);
  let last = monotonic();
  for (let i = 0; i < 1000; i++) {
    const now = monotonic();
    expect(now).toBeGreaterThanOrEqual(last);
    last = now;
  }
});
