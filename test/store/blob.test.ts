import { createHash } from 'node:crypto';
import { chmodSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Digest } from '../../src/model/digest.js';
import { blobRange, hasBlob, keepBlob, putBlob, readBlob } from '../../src/store/blob.js';
import { filesBelow, noise, openAt, scratch, sha256, storedDigests } from './scratch.js';

const directory = scratch();
const at = path.join(directory, 'store');
const temporary = path.join(at, 'tmp');

describe('putBlob', () => {
  test('stores any bytes in any chunks under their digest, and reading gives them back', async () => {
    const store = await openAt(at);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 6 }), async (chunks) => {
        const whole = Buffer.concat(chunks);
        const stored = await putBlob(store, chunks);
        expect(stored).toEqual({ digest: sha256(whole), size: whole.length });
        const range = await blobRange(store, stored.digest);
        expect(range.length).toBe(whole.length);
        expect(readFileSync(range.path).equals(whole)).toBe(true);
        expect(Buffer.from(await readBlob(store, stored.digest, 10_000)).equals(whole)).toBe(true);
      }),
      { numRuns: 30 },
    );
    storedDigests(at);
  });

  test('takes the algorithm of the expected digest', async () => {
    const store = await openAt(at);
    const bytes = Buffer.from('long digest');
    const digest = `sha512:${createHash('sha512').update(bytes).digest('hex')}` as Digest;
    expect(await putBlob(store, [bytes], { digest })).toEqual({ digest, size: bytes.length });
    expect(await hasBlob(store, digest)).toBe(true);
    expect(storedDigests(at)).toContain(digest);
  });

  test.each([
    ['E_DIGEST_MISMATCH', 'other bytes', { digest: sha256(Buffer.from('these')) }],
    ['E_SIZE_MISMATCH', 'longer', { size: 5 }],
    ['E_SIZE_MISMATCH', 'shorter', { size: 8 }],
  ])('%s for %s than expected, with nothing left behind', async (code, text, expected) => {
    const store = await openAt(at);
    const before = storedDigests(at);
    await expect(putBlob(store, [Buffer.from(text)], expected)).rejects.toMatchObject({ code, exitCode: 3 });
    expect(storedDigests(at)).toEqual(before);
    expect(filesBelow(temporary)).toEqual([]);
  });

  test('stops reading a source that is longer than promised', async () => {
    let given = 0;
    function* endless(): Iterable<Uint8Array> {
      for (;;) {
        given += 1;
        yield Buffer.alloc(1000);
      }
    }
    await expect(putBlob(await openAt(at), endless(), { size: 2500 })).rejects.toMatchObject({
      code: 'E_SIZE_MISMATCH',
    });
    expect(given).toBe(3);
  });

  test('an error of the source comes through, with nothing left behind', async () => {
    const error = new Error('the network is gone');
    async function* broken(): AsyncIterable<Uint8Array> {
      yield Buffer.from('half');
      await Promise.resolve();
      throw error;
    }
    await expect(putBlob(await openAt(at), broken())).rejects.toBe(error);
    expect(filesBelow(temporary)).toEqual([]);
  });

  test('E_INTERRUPTED when the signal is raised in the middle, with nothing left behind', async () => {
    const controller = new AbortController();
    const store = await openAt(at, { signal: controller.signal });
    function* slow(): Iterable<Uint8Array> {
      yield Buffer.from('half');
      controller.abort();
      yield Buffer.from('never');
    }
    await expect(putBlob(store, slow())).rejects.toMatchObject({ code: 'E_INTERRUPTED', exitCode: 130 });
    expect(filesBelow(temporary)).toEqual([]);
  });

  test('putting a damaged blob again heals it', async () => {
    const store = await openAt(at);
    const bytes = noise(5000);
    const { digest } = await putBlob(store, [bytes]);
    const { path: file } = await blobRange(store, digest);
    chmodSync(file, 0o600);
    writeFileSync(file, 'rotten', { flag: 'r+' });
    await expect(readBlob(store, digest, 10_000)).rejects.toMatchObject({ code: 'E_STORE_DAMAGED' });
    await putBlob(store, [bytes], { digest, size: bytes.length });
    expect(Buffer.compare(await readBlob(store, digest, 10_000), bytes)).toBe(0);
  });
});

describe('looking for blobs', () => {
  test('E_BLOB_MISSING for one that is not there, E_LIMIT for one that is too large', async () => {
    const store = await openAt(at);
    const absent = sha256(Buffer.from('absent'));
    expect(await hasBlob(store, absent)).toBe(false);
    expect(await keepBlob(store, absent)).toBe(false);
    await expect(blobRange(store, absent)).rejects.toMatchObject({ code: 'E_BLOB_MISSING', exitCode: 4 });
    const { digest } = await putBlob(store, [noise(100)]);
    await expect(readBlob(store, digest, 99)).rejects.toMatchObject({ code: 'E_LIMIT' });
  });

  test('keepBlob makes a blob young again', async () => {
    const store = await openAt(at);
    const { digest } = await putBlob(store, [noise(100)]);
    const { path: file } = await blobRange(store, digest);
    utimesSync(file, 1000, 1000);
    expect(await hasBlob(store, digest)).toBe(true);
    expect(statSync(file).mtimeMs).toBe(1_000_000);
    expect(await keepBlob(store, digest)).toBe(true);
    expect(statSync(file).mtimeMs).toBeGreaterThan(Date.now() - 60_000);
  });
});
