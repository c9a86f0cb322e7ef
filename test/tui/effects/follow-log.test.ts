import { describe, expect, test } from 'vitest';
import type { LogLine } from '../../../src/tui/effects/containers.js';
import { followLog } from '../../../src/tui/effects/follow-log.js';
import type { Action } from '../../../src/tui/state/action.js';

const line = (bytes: Uint8Array): LogLine => ({ time: '', stream: 'stdout', bytes, more: 0 });

/** The last that was heard of a log of these lines. */
async function heard(lines: Iterable<Uint8Array>, signal = new AbortController().signal) {
  const actions: Action[] = [];
  await followLog(
    {
      // eslint-disable-next-line @typescript-eslint/require-await
      async *log() {
        for (const bytes of lines) yield line(bytes);
      },
    },
    { id: 7, container: 'x' },
    signal,
    (action) => actions.push(action),
  );
  const last = actions.at(-1);
  return { count: actions.length, log: last?.type === 'log' ? last.log : undefined };
}

describe('a log that is followed', () => {
  test('holds its last lines, however many come, and tells in few frames', async () => {
    function* many(): Generator<Uint8Array> {
      for (let i = 0; i < 100_000; i++) yield Buffer.from(String(i));
    }
    const { log, count } = await heard(many());
    expect(log?.ended).toBe(true);
    expect(log?.lines.length).toBeLessThanOrEqual(5500);
    expect(log?.lines.length).toBeGreaterThanOrEqual(5000);
    expect(Buffer.from(log?.lines.at(-1)?.bytes ?? []).toString()).toBe('99999');
    expect((log?.dropped ?? 0) + (log?.lines.length ?? 0)).toBe(100_000);
    expect(count).toBeLessThan(1000);
  });

  test('holds 4 KiB of a line, in memory of its own', async () => {
    const { log } = await heard([new Uint8Array(1024 * 1024).fill(0x61)]);
    const [held] = log?.lines ?? [];
    expect([held.bytes.length, held.bytes.buffer.byteLength, held.more]).toEqual([4096, 4096, 1044480]);
  });

  test('says nothing more once it is given up', async () => {
    expect(await heard([Buffer.from('x')], AbortSignal.abort())).toEqual({ count: 0, log: undefined });
  });
});
