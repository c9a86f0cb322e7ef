import { createHash } from 'node:crypto';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createDigestThread, type DigestThread } from '../../src/io/digest-thread.js';
import { verified } from '../../src/io/verify.js';
import { parseDigest } from '../../src/model/digest.js';
import { collect, errorCode, sample, split } from './codec/streams.js';

const digestOf = (algorithm: 'sha256' | 'sha512', bytes: Uint8Array) =>
  parseDigest(`${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`);
/** More than all blocks of the thread together. */
const BYTES = sample(20 * 1024 * 1024);

let thread: DigestThread;
const start = (): DigestThread => (thread = createDigestThread());
afterEach(async () => {
  vi.unstubAllGlobals();
  await thread.close();
});

describe('a digest thread', () => {
  test('tells two streams apart that come in turn, whatever the size of their chunks', async () => {
    const { hasher } = start();
    const [a, b] = [hasher('sha256'), hasher('sha512')];
    const sizes = [1, 300_000, 64, 256 * 1024, 5_000_000, 256 * 1024 + 1];
    for (let at = 0, i = 0; at < BYTES.length; i++) {
      const chunk = new Uint8Array(BYTES.subarray(at, at + sizes[i % sizes.length]));
      at += chunk.length;
      await a.update(chunk);
      await b.update(chunk);
      // The caller may do with it what it likes.
      chunk.fill(0);
    }
    expect(await a.digest()).toBe(digestOf('sha256', BYTES));
    expect(await b.digest()).toBe(digestOf('sha512', BYTES));
    expect(await hasher('sha256').digest()).toBe(digestOf('sha256', new Uint8Array(0)));
  });

  test('holds no more blocks for two streams that wait at once, however long they are', async () => {
    let made = 0;
    const Real = SharedArrayBuffer;
    vi.stubGlobal(
      'SharedArrayBuffer',
      class extends Real {
        constructor(bytes: number) {
          super(bytes);
          made += bytes;
        }
      },
    );
    const { hasher } = start();
    const one = async (): Promise<string> => {
      const stream = hasher('sha256');
      for (let round = 0; round < 3; round++)
        for (let at = 0; at < BYTES.length; at += 64 * 1024)
          await stream.update(BYTES.subarray(at, at + 64 * 1024));
      return stream.digest();
    };
    const whole = digestOf('sha256', Buffer.concat([BYTES, BYTES, BYTES]));
    expect(await Promise.all([one(), one()])).toEqual([whole, whole]);
    expect(made).toBeLessThanOrEqual(8 * 1024 * 1024);
  });

  test('verifies a stream as this thread would', async () => {
    const { hasher } = start();
    const digest = digestOf('sha256', BYTES);
    const stream = (promised = digest) =>
      verified(split(BYTES, [70_000, 9_000_000]), { digest: promised, what: 'x', hasher });
    expect((await collect(stream())).equals(BYTES)).toBe(true);
    expect(await errorCode(collect(stream(digestOf('sha256', BYTES.subarray(1)))))).toBe('E_DIGEST_MISMATCH');
  });

  test('that has ended rejects instead of waiting for ever', async () => {
    const { hasher, close } = start();
    const stream = hasher('sha256');
    await stream.update(BYTES.subarray(0, 1000));
    const waiting = stream.digest();
    await Promise.all([close(), expect(waiting).rejects.toMatchObject({ code: 'E_INTERNAL' })]);
    await expect(stream.update(BYTES)).rejects.toMatchObject({ code: 'E_INTERNAL' });
  });

  test('that has ended takes no more of a stream that has begun', async () => {
    const { hasher, close } = start();
    const stream = hasher('sha256');
    await stream.update(BYTES.subarray(0, 1000));
    await close();
    await expect(stream.update(BYTES.subarray(0, 1000))).rejects.toMatchObject({ code: 'E_INTERNAL' });
  });
});
