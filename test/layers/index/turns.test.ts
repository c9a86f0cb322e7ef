import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTurns } from '../../../src/layers/index/turns.js';

/** Begins works in turn that are ready, or pass without beginning, in any order; returns in which they began. */
async function begun(ready: readonly number[], passing: ReadonlySet<number>): Promise<readonly number[]> {
  const nextTurn = createTurns();
  const turns = ready.map(() => nextTurn());
  const order: number[] = [];
  const works = turns.map(async ({ come, pass }, i) => {
    // As one that is known already, or that fails before it begins.
    if (passing.has(i)) return;
    await come;
    order.push(i);
    pass();
    pass();
  });
  for (const i of ready) {
    if (passing.has(i)) turns[i].pass();
    await Promise.resolve();
  }
  await Promise.all(works);
  return order;
}

test('whatever is ready first, and whoever passes: the others begin in the order in which they asked', async () => {
  const cases = fc.integer({ min: 1, max: 12 }).chain((count) => {
    const all = Array.from({ length: count }, (_, i) => i);
    return fc.tuple(fc.shuffledSubarray(all, { minLength: count }), fc.subarray(all));
  });
  await fc.assert(
    fc.asyncProperty(cases, async ([ready, passing]) => {
      const beginning = [...ready].sort((a, b) => a - b).filter((i) => !passing.includes(i));
      expect(await begun(ready, new Set(passing))).toEqual(beginning);
    }),
  );
});

test('nobody begins before the one before has begun, however long that takes', async () => {
  const nextTurn = createTurns();
  const [first, second] = [nextTurn(), nextTurn()];
  let began = false;
  const beginning = second.come.then(() => (began = true));
  await new Promise(setImmediate);
  expect(began).toBe(false);
  first.pass();
  await beginning;
  expect(began).toBe(true);
});
