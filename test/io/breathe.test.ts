import { expect, test } from 'vitest';
import { createBreather } from '../../src/io/breathe.js';

test('gives way once in 4 MiB', () => {
  const breathe = createBreather();
  expect(breathe(4 * 1024 * 1024)).toBeInstanceOf(Promise);
  expect(breathe(1024)).toBeUndefined();
});

test('gives way also after many steps of next to nothing', () => {
  const breathe = createBreather();
  let pauses = 0;
  for (let i = 0; i < 100_000; i++) if (breathe(i % 2) !== undefined) pauses++;
  expect(pauses).toBeGreaterThan(50);
});
