import { expect, test } from 'vitest';
import { pushed } from '../../src/io/pushed.js';

/* What is written comes out in order, no piece before it is asked for, and the writer's end is the reader's. */

const piece = (n: number): Uint8Array => Uint8Array.of(n);

test('pieces come in order, one at a time', async () => {
  const events: string[] = [];
  const stream = pushed(async (write) => {
    for (let n = 0; n < 3; n++) {
      await write(piece(n));
      events.push(`taken ${String(n)}`);
    }
  });
  expect(events).toEqual([]);
  for await (const [n] of stream) events.push(`got ${String(n)}`);
  expect(events).toEqual(['got 0', 'taken 0', 'got 1', 'taken 1', 'got 2', 'taken 2']);
});

test('what the writer throws ends the stream behind what was written', async () => {
  const got: number[] = [];
  const read = async (): Promise<void> => {
    for await (const [n] of pushed(async (write) => {
      await write(piece(1));
      throw new Error('broken');
    }))
      got.push(n);
  };
  await expect(read()).rejects.toThrow('broken');
  expect(got).toEqual([1]);
});

test('a reader that stops ends the writer', async () => {
  let ended = 'no';
  const reader = pushed(async (write) => {
    try {
      for (;;) await write(piece(1));
    } catch {
      ended = 'yes';
    }
  })[Symbol.asyncIterator]();
  await reader.next();
  await reader.return();
  expect(ended).toBe('yes');
});
