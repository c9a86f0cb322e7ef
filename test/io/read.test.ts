import { spawnSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readRange } from '../../src/io/read.js';
import { collect, errorCode, sample } from './codec/streams.js';
import { openFiles, scratch } from './scratch.js';

const BYTES = sample(600_000);

function file(bytes: Uint8Array = BYTES): string {
  const name = path.join(scratch(), 'file');
  writeFileSync(name, bytes);
  return name;
}

const readAll = (path: string, offset: number, length: number): Promise<Buffer> =>
  collect(readRange({ path, offset, length }));

describe('readRange', () => {
  test.each([
    [0, 600_000],
    [0, 0],
    [600_000, 0],
    [1, 1],
    [262_143, 2],
    [17, 599_983],
  ])('reads exactly the range from %d, %d bytes', async (offset, length) => {
    expect((await readAll(file(), offset, length)).equals(BYTES.subarray(offset, offset + length))).toBe(
      true,
    );
  });

  test('chunks are the receiver’s own: none shares memory with another', async () => {
    const buffers = new Set<ArrayBufferLike>();
    let count = 0;
    for await (const chunk of readRange(
      { path: file(), offset: 0, length: 600_000 },
      { chunkSize: 10_000 },
    )) {
      buffers.add(chunk.buffer);
      count += 1;
    }
    expect([count, buffers.size]).toEqual([60, 60]);
  });

  test('lent chunks are the same bytes, one after the other in one piece of memory', async () => {
    const buffers = new Set<ArrayBufferLike>();
    const read: Buffer[] = [];
    for await (const chunk of readRange(
      { path: file(), offset: 0, length: 595_000 },
      { chunkSize: 10_000, lend: true },
    )) {
      buffers.add(chunk.buffer);
      read.push(Buffer.from(chunk));
    }
    expect(Buffer.concat(read).equals(BYTES.subarray(0, 595_000))).toBe(true);
    expect([read.length, buffers.size]).toEqual([60, 1]);
  });

  test('follows a symbolic link, as a name in /proc/self/fd is one', async () => {
    const target = file();
    const link = path.join(scratch(), 'link');
    symlinkSync(target, link);
    expect((await readAll(link, 0, 10)).length).toBe(10);
  });

  test('a range beyond the end of the file is E_TRUNCATED before anything is read', async () => {
    for (const [offset, length] of [
      [0, 600_001],
      [700_000, 1],
      [599_999, 2],
    ])
      expect(await errorCode(readAll(file(), offset, length))).toBe('E_TRUNCATED');
  });

  test('a missing file is E_NOT_FOUND, a directory, FIFO or device E_UNREADABLE without waiting', async () => {
    const dir = scratch();
    const fifo = path.join(dir, 'fifo');
    spawnSync('mkfifo', [fifo]);
    expect(await errorCode(readAll(path.join(dir, 'none'), 0, 1))).toBe('E_NOT_FOUND');
    expect(await errorCode(readAll(path.join(file(), 'below'), 0, 1))).toBe('E_NOT_FOUND');
    expect(await errorCode(readAll(dir, 0, 1))).toBe('E_UNREADABLE');
    expect(await errorCode(readAll(fifo, 0, 1))).toBe('E_UNREADABLE');
    expect(await errorCode(readAll('/dev/zero', 0, 1))).toBe('E_UNREADABLE');
  });

  test('closes the file at the end, after an error, and when stopped early', async () => {
    const name = file();
    const before = openFiles();
    await readAll(name, 0, 600_000);
    await errorCode(readAll(name, 0, 700_000));
    for await (const chunk of readRange({ path: name, offset: 0, length: 600_000 })) {
      expect(chunk.length).toBeGreaterThan(0);
      expect(openFiles()).toBe(before + 1);
      break;
    }
    expect(openFiles()).toBe(before);
  });

  test('an abort is E_INTERRUPTED, also one that only a turn of the event loop can deliver', async () => {
    const large = file(Buffer.alloc(40_000_000));
    const abort = new AbortController();
    setTimeout(() => {
      abort.abort();
    }, 0);
    const read = async (): Promise<void> => {
      const source = readRange({ path: large, offset: 0, length: 40_000_000 }, { signal: abort.signal });
      for await (const chunk of source) expect(chunk.length).toBeGreaterThan(0);
    };
    expect(await errorCode(read())).toBe('E_INTERRUPTED');
    expect(
      await errorCode(
        collect(readRange({ path: large, offset: 0, length: 1 }, { signal: AbortSignal.abort() })),
      ),
    ).toBe('E_INTERRUPTED');
  });
});
