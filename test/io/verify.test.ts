import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createHasher, type Promised, type Seal, verified } from '../../src/io/verify.js';
import { parseDigest } from '../../src/model/digest.js';
import { collect, errorCode, sample, split } from './codec/streams.js';

const BYTES = sample(10_000);
const digestOf = (algorithm: 'sha256' | 'sha512', bytes: Uint8Array = BYTES) =>
  parseDigest(`${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`);
const run = (promised: Omit<Promised, 'what'>, onEnd?: (seal: Seal) => void): Promise<Buffer> =>
  collect(verified(split(BYTES, [1, 5000]), { ...promised, what: 'x' }, onEnd));

test('createHasher gives the digests that FIPS 180-4 defines', () => {
  const hasher = createHasher('sha512');
  hasher.update(BYTES.subarray(0, 7));
  hasher.update(BYTES.subarray(7));
  expect(hasher.digest()).toBe(digestOf('sha512'));
  // FIPS 180-4, example "abc".
  const abc = createHasher();
  abc.update(Buffer.from('abc'));
  expect(abc.digest()).toBe('sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

describe('verified', () => {
  test.each(['sha256', 'sha512'] as const)(
    'passes everything on when %s and size are as promised',
    async (algorithm) => {
      let seal: Seal | undefined;
      const bytes = await run({ digest: digestOf(algorithm), size: 10_000 }, (found) => {
        seal = found;
      });
      expect(bytes.equals(BYTES)).toBe(true);
      expect(seal).toEqual({ digest: digestOf(algorithm), bytes: 10_000 });
    },
  );

  test('E_DIGEST_MISMATCH and E_SIZE_MISMATCH at the end, and no seal', async () => {
    let seals = 0;
    const count = (): void => {
      seals += 1;
    };
    const other = digestOf('sha256', BYTES.subarray(1));
    expect(await errorCode(run({ digest: other }, count))).toBe('E_DIGEST_MISMATCH');
    expect(await errorCode(run({ size: 10_001 }, count))).toBe('E_SIZE_MISMATCH');
    expect(await errorCode(run({ size: 9999 }, count))).toBe('E_SIZE_MISMATCH');
    expect(seals).toBe(0);
  });

  test('the chunk that makes it too long is not passed on', async () => {
    const passed: Uint8Array[] = [];
    const read = async (): Promise<void> => {
      for await (const chunk of verified(split(BYTES, [100, 100]), { size: 150, what: 'x' }))
        passed.push(chunk);
    };
    expect(await errorCode(read())).toBe('E_SIZE_MISMATCH');
    expect(Buffer.concat(passed).length).toBe(100);
  });
});
