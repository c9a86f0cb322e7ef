import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLineJoiner } from '../../../src/runtime/logs/join-lines.js';
import { type LogEntry, parseLogEntry } from '../../../src/runtime/logs/log-entry.js';
import { createLineSplitter } from '../../../src/runtime/logs/log-lines.js';
import { formatLogTime, parseLogMoment, parseLogTime } from '../../../src/runtime/logs/log-time.js';
import { readLog, type ReadLogOptions } from '../../../src/runtime/logs/read-log.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'strata-log-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const ALL: ReadLogOptions = { since: undefined, until: undefined, tail: undefined };
const START = 1_767_225_600_000_000_000n; // 2026-01-01

interface Written {
  readonly stream: 'stdout' | 'stderr';
  readonly partial: boolean;
  readonly bytes: Uint8Array;
}

/** As conmon writes them, a second apart. */
function format(writes: readonly Written[]): Buffer {
  return Buffer.concat(
    writes.flatMap(({ stream, partial, bytes }, i) => {
      const time = formatLogTime(START + BigInt(i) * 1_000_000_000n).replace('Z', '+00:00');
      return [Buffer.from(`${time} ${stream} ${partial ? 'P' : 'F'} `), bytes, Buffer.from('\n')];
    }),
  );
}

async function read(log: string, options = ALL): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  for await (const entry of readLog(log, options))
    entries.push({ ...entry, bytes: Buffer.from(entry.bytes) });
  return entries;
}

const file = (bytes: Uint8Array): string => {
  const name = path.join(folder, 'log');
  writeFileSync(name, bytes);
  return name;
};

const written: fc.Arbitrary<Written> = fc.record({
  stream: fc.constantFrom('stdout', 'stderr'),
  partial: fc.boolean(),
  bytes: fc.uint8Array({ maxLength: 40 }).map((bytes) => bytes.filter((byte) => byte !== 0x0a)),
});

/** The lines of the container: each stream's writes joined up to one that is whole. */
function lines(entries: readonly LogEntry[]): LogEntry[] {
  const joiner = createLineJoiner();
  return [...entries.flatMap((entry) => joiner.push(entry)), ...joiner.end()];
}

/** The last lines, by where the last part of each is. */
function lastLines(entries: readonly LogEntry[], count: number): LogEntry[] {
  const found: { readonly line: LogEntry; readonly end: number }[] = [];
  for (const stream of ['stdout', 'stderr'] as const) {
    let parts: { readonly entry: LogEntry; readonly at: number }[] = [];
    const close = (): void => {
      if (parts.length === 0) return;
      const { time } = parts[0].entry;
      const { at, entry } = parts[parts.length - 1];
      const bytes = Buffer.concat(parts.map((part) => part.entry.bytes));
      found.push({ line: { time, stream, partial: entry.partial, bytes }, end: at });
      parts = [];
    };
    for (const [at, entry] of entries.entries()) {
      if (entry.stream !== stream) continue;
      parts.push({ entry, at });
      if (!entry.partial) close();
    }
    close();
  }
  found.sort((a, b) => a.end - b.end);
  return count === 0 ? [] : found.slice(-count).map(({ line }) => line);
}

describe('a log', () => {
  test('is read as it was written, however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(written, { maxLength: 30 }),
        fc.integer({ min: 1, max: 50 }),
        async (writes, cut) => {
          const bytes = format(writes);
          const expected = writes.map((write, i) => ({
            ...write,
            bytes: Buffer.from(write.bytes),
            time: START + BigInt(i) * 1_000_000_000n,
          }));
          expect(await read(file(bytes))).toEqual(expected);
          const splitter = createLineSplitter(0);
          const cutUp: Buffer[] = [];
          for (let at = 0; at < bytes.length; at += cut)
            for (const { offset, line } of splitter.push(bytes.subarray(at, at + cut))) {
              expect(bytes.subarray(offset, offset + line.length).equals(line)).toBe(true);
              cutUp.push(Buffer.from(line));
            }
          expect(cutUp.map((line) => parseLogEntry(line)?.bytes.length)).toEqual(
            expected.map((entry) => entry.bytes.length),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  test('has as its tail the last lines, whichever stream their parts are of', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(written, { maxLength: 25 }),
        fc.integer({ min: 0, max: 12 }),
        async (writes, tail) => {
          const log = file(format(writes));
          const all = await read(log);
          const got = lines(await read(log, { ...ALL, tail }));
          const byTime = (a: LogEntry, b: LogEntry): number => Number(a.time - b.time);
          expect(got.sort(byTime)).toEqual(lastLines(all, tail).sort(byTime));
        },
      ),
      { numRuns: 300 },
    );
  });

  test('never makes a reader fail, whatever is in it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.uint8Array({ maxLength: 60 }),
            written.map((write) => format([write])),
          ),
        ),
        fc.integer({ min: 0, max: 5 }),
        async (parts, tail) => {
          const log = file(Buffer.concat(parts));
          await read(log);
          await read(log, { ...ALL, tail });
        },
      ),
      { numRuns: 100 },
    );
  });

  test('that is huge is not read from its front for its tail', async () => {
    const log = file(
      Buffer.concat([
        Buffer.alloc(32 * 1024 * 1024, 'x'),
        Buffer.from('\n'),
        format([{ stream: 'stdout', partial: false, bytes: Buffer.from('last') }]),
      ]),
    );
    expect((await read(log, { ...ALL, tail: 1 })).map(({ bytes }) => bytes.toString())).toEqual(['last']);
    expect((await read(log)).map(({ bytes }) => bytes.toString())).toEqual(['last']);
  });

  test('gives what was written between two moments', async () => {
    const log = file(
      format(
        ['a', 'b', 'c', 'd'].map((text) => ({ stream: 'stdout', partial: false, bytes: Buffer.from(text) })),
      ),
    );
    const between = await read(log, { ...ALL, since: START + 1_000_000_000n, until: START + 2_000_000_000n });
    expect(between.map(({ bytes }) => bytes.toString())).toEqual(['b', 'c']);
  });

  test('is followed as long as it goes on, and what comes last is not missed', async () => {
    const log = file(format([]));
    const more = format([{ stream: 'stderr', partial: false, bytes: Buffer.from('late') }]);
    let asked = 0;
    const goesOn = (): Promise<boolean> => {
      asked++;
      // Half a line, then the rest of it at the very end.
      if (asked === 1) appendFileSync(log, more.subarray(0, 10));
      if (asked === 3) appendFileSync(log, more.subarray(10));
      return Promise.resolve(asked < 3);
    };
    expect((await read(log, { ...ALL, goesOn })).map(({ bytes }) => bytes.toString())).toEqual(['late']);
    expect(await read(path.join(folder, 'none'))).toEqual([]);
  });

  test('is followed into another that takes its place, and from its beginning when it is cut', async () => {
    const line = (text: string): Buffer =>
      format([{ stream: 'stdout', partial: false, bytes: Buffer.from(text) }]);
    const log = file(line('first'));
    let asked = 0;
    const goesOn = (): Promise<boolean> => {
      asked++;
      if (asked === 1) {
        // The last of the old one comes just before.
        appendFileSync(log, line('second'));
        renameSync(log, `${log}.1`);
      }
      // For a moment there is none.
      if (asked === 3) writeFileSync(log, line('third, which is longer'));
      if (asked === 5) writeFileSync(log, line('cut'));
      return Promise.resolve(asked < 6);
    };
    expect((await read(log, { ...ALL, goesOn })).map(({ bytes }) => bytes.toString())).toEqual([
      'first',
      'second',
      'third, which is longer',
      'cut',
    ]);
  });
});

test('a log that is yet to come is waited for until the signal is raised', async () => {
  const stop = new AbortController();
  let asked = 0;
  const goesOn = (): Promise<boolean> => {
    if (++asked === 2) stop.abort();
    return Promise.resolve(asked < 5);
  };
  const log = path.join(folder, 'never');
  await expect(read(log, { ...ALL, goesOn, signal: stop.signal })).rejects.toThrow('abort');
  expect(asked).toBe(2);
});

describe('a moment', () => {
  test('is a time, seconds since 1970, or how long ago', () => {
    const now = 1_767_225_600_000;
    const at = (text: string): bigint => parseLogMoment(text, '--since', now);
    expect(at('2026-01-01T00:00:00Z')).toBe(START);
    expect(at('2026-01-01T01:00:00.5+01:00')).toBe(START + 500_000_000n);
    expect(at('1767225600.000000001')).toBe(START + 1n);
    expect(at('10m')).toBe(START - 600_000_000_000n);
    expect(at('2026-01-01')).toBe(BigInt(new Date(2026, 0, 1).getTime()) * 1_000_000n);
    expect(at('2026-01-01T02:03')).toBe(BigInt(new Date(2026, 0, 1, 2, 3).getTime()) * 1_000_000n);
    for (const bad of ['', 'x', '-1', '10', '2026-13-01', '1e3', '5 m'].filter((text) => text !== '10'))
      expect(() => at(bad)).toThrow(/--since/);
  });

  test('is written as it is read', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 4_000_000_000_000_000_000n }), (time) => {
        expect(parseLogTime(formatLogTime(time))).toBe(time);
      }),
    );
  });
});
