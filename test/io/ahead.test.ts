import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ahead } from '../../src/io/ahead.js';

/* The source is one step ahead of its reader, who sees nothing of that: neither in what comes nor in how it ends. */

/** Numbers from 1 on, telling when each is made and when the source is closed. */
async function* counting(most: number, events: string[], error?: Error): AsyncGenerator<number, void> {
  try {
    for (let n = 1; n <= most; n++) {
      events.push(`made ${String(n)}`);
      yield await Promise.resolve(n);
    }
    if (error !== undefined) throw error;
  } finally {
    events.push('closed');
  }
}

test('the next one is made while the reader is at work, and no more than that', async () => {
  const events: string[] = [];
  for await (const n of ahead(counting(3, events))) {
    events.push(`got ${String(n)}`);
    await delay(5);
    events.push(`done ${String(n)}`);
  }
  expect(events).toEqual([
    'made 1',
    'got 1',
    'made 2',
    'done 1',
    'got 2',
    'made 3',
    'done 2',
    'got 3',
    'closed',
    'done 3',
  ]);
});

test('what the source throws comes behind what it yielded', async () => {
  const got: number[] = [];
  const read = async (): Promise<void> => {
    for await (const n of ahead(counting(2, [], new Error('broken')))) {
      got.push(n);
      await delay(5);
    }
  };
  await expect(read()).rejects.toThrow('broken');
  expect(got).toEqual([1, 2]);
});

test('a reader that stops closes the source, whose error nobody misses', async () => {
  const events: string[] = [];
  for await (const n of ahead(counting(1, events, new Error('broken')))) {
    events.push(`got ${String(n)}`);
    break;
  }
  await delay(5);
  expect(events).toEqual(['made 1', 'got 1', 'closed']);

  const later: string[] = [];
  for await (const n of ahead(counting(1, later, new Error('broken')))) {
    await delay(5);
    later.push(`got ${String(n)}`);
    break;
  }
  expect(later).toEqual(['made 1', 'closed', 'got 1']);
});

test('an empty source is an empty one', async () => {
  const got: number[] = [];
  for await (const n of ahead(counting(0, []))) got.push(n);
  expect(got).toEqual([]);
});
