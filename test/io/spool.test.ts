import * as fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { readRange } from '../../src/io/read.js';
import { spool } from '../../src/io/spool.js';
import { collect, errorCode, sample, split } from './codec/streams.js';
import { openFiles, scratch } from './scratch.js';

type Write = typeof fs.writeSync;
const real = vi.hoisted((): { write: Write | undefined } => ({ write: undefined }));
vi.mock('node:fs', async (original) => {
  const module = await original<typeof fs>();
  return {
    ...module,
    writeSync: (...args: Parameters<Write>) => (real.write ?? module.writeSync)(...args),
  };
});
afterEach(() => {
  real.write = undefined;
});

const BYTES = sample(500_000);

describe('spool', () => {
  test('what was written is read back at any offset, and the directory never shows a name', async () => {
    const dir = scratch();
    async function* watched(): AsyncGenerator<Uint8Array, void> {
      for await (const chunk of split(BYTES, [1, 100_000])) {
        expect(fs.readdirSync(dir)).toEqual([]);
        yield chunk;
      }
    }
    const file = await spool(watched(), dir);
    expect(file.range).toMatchObject({ offset: 0, length: BYTES.length });
    expect((await collect(readRange(file.range))).equals(BYTES)).toBe(true);
    const part = await collect(readRange({ ...file.range, offset: 1000, length: 50 }));
    expect(part.equals(BYTES.subarray(1000, 1050))).toBe(true);
    expect(fs.statSync(file.range.path).mode & 0o777).toBe(0o600);
    expect(fs.statSync(file.range.path).nlink).toBe(0);
    const before = openFiles();
    await file.close();
    await file.close();
    expect(openFiles()).toBe(before - 1);
  });

  test('text from a stream is written as UTF-8', async () => {
    async function* text(): AsyncGenerator<string, void> {
      await Promise.resolve();
      yield 'é';
    }
    const file = await spool(text(), scratch());
    expect((await collect(readRange(file.range))).toString()).toBe('é');
    await file.close();
  });

  test('more than the limit, an abort, a failing source: the error, and nothing kept', async () => {
    const before = openFiles();
    const dir = scratch();
    expect(await errorCode(spool(split(BYTES, [10]), dir, { limit: 499_999 }))).toBe('E_LIMIT');
    expect(await errorCode(spool(split(BYTES), dir, { signal: AbortSignal.abort() }))).toBe('E_INTERRUPTED');
    const missing = readRange({ path: path.join(dir, 'none'), offset: 0, length: 1 });
    expect(await errorCode(spool(missing, dir))).toBe('E_NOT_FOUND');
    expect(fs.readdirSync(dir)).toEqual([]);
    expect(openFiles()).toBe(before);
  });

  test('a directory that is not there is E_UNWRITABLE', async () => {
    expect(await errorCode(spool(split(BYTES), path.join(scratch(), 'none')))).toBe('E_UNWRITABLE');
  });

  test('ENOSPC and EDQUOT are E_DISK_FULL, another failure E_UNWRITABLE, short writes are gone on with', async () => {
    const before = openFiles();
    for (const [name, errno, code] of [
      ['ENOSPC', -28, 'E_DISK_FULL'],
      ['EDQUOT', -122, 'E_DISK_FULL'],
      ['EIO', -5, 'E_UNWRITABLE'],
    ] as const) {
      let calls = 0;
      real.write = () => {
        calls += 1;
        if (calls < 3) return 7;
        throw Object.assign(new Error(name), { code: name, errno });
      };
      expect(await errorCode(spool(split(BYTES), scratch()))).toBe(code);
      expect(calls).toBe(3);
    }
    expect(openFiles()).toBe(before);
  });
});
