import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createContentHasher } from '../../../src/layers/index/content-hasher.js';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

it('digests the expanded content of any file, sparse or not, however it is cut', async () => {
  const fragment = fc.tuple(fc.integer({ min: 0, max: 50 }), fc.uint8Array({ maxLength: 40 }));
  const file = fc.record({
    parts: fc.array(fragment, { maxLength: 5 }),
    tail: fc.nat(50),
    sparse: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(file, { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
      async (files, cuts) => {
        const hasher = createContentHasher();
        const expected: string[] = [];
        const got: number[] = [];
        for (const { parts, tail, sparse } of files) {
          const whole: number[] = [];
          const fragments: number[] = [];
          for (const [hole, bytes] of parts) {
            if (sparse) whole.push(...new Array<number>(hole).fill(0));
            fragments.push(whole.length, bytes.length);
            whole.push(...bytes);
          }
          if (sparse) whole.push(...new Array<number>(tail).fill(0));
          const stored = Buffer.concat(parts.map(([, bytes]) => bytes));
          hasher.begin(whole.length, stored.length, sparse ? fragments : undefined);
          for (let at = 0, cut = 0; at < stored.length; at += cuts[cut++ % cuts.length])
            hasher.data(stored.subarray(at, Math.min(stored.length, at + cuts[cut % cuts.length])));
          got.push(hasher.end());
          expected.push(sha256(Uint8Array.from(whole)));
        }
        await hasher.settled();
        const digests = hasher.finish();
        files.forEach((_, i) => {
          // A file without bytes that is not sparse has no digest of its own: it is that of no bytes.
          const own =
            got[i] === 0
              ? sha256(new Uint8Array(0))
              : Buffer.from(digests.subarray((got[i] - 1) * 32, got[i] * 32)).toString('hex');
          expect(own).toBe(expected[i]);
        });
      },
    ),
  );
});

it.each([true, false])(
  'digests files of every size the same, whichever thread does it (pools: %s)',
  async (pools) => {
    const hasher = createContentHasher(pools);
    const sizes = [1, 1000, 48 * 1024 - 1, 48 * 1024, 300_000, 8 * 1024 * 1024, 8 * 1024 * 1024 + 1];
    const contents = sizes.map((size) => Buffer.alloc(size, size % 251));
    const slots: number[] = [];
    for (const content of contents) {
      hasher.begin(content.length, content.length, undefined);
      // The reader's chunks are its own: what is handed on must not depend on them afterwards.
      for (let at = 0; at < content.length; at += 100_000) {
        const chunk = Buffer.from(content.subarray(at, at + 100_000));
        hasher.data(chunk);
        chunk.fill(0);
      }
      slots.push(hasher.end());
      await hasher.room();
    }
    await hasher.settled();
    const digests = hasher.finish();
    expect(
      slots.map((slot) => Buffer.from(digests.subarray((slot - 1) * 32, slot * 32)).toString('hex')),
    ).toEqual(contents.map(sha256));
  },
);

it('makes only so many zeros in one layer: what is beyond is not digested, the same each time', async () => {
  const GiB = 1024 ** 3;
  const run = async (files: readonly (readonly [size: number, fragments: readonly number[]])[]) => {
    const hasher = createContentHasher();
    const digested = files.map(([size, fragments]) => {
      const stored = fragments.reduce((sum, value, i) => (i % 2 === 1 ? sum + value : sum), 0);
      const taken = hasher.begin(size, stored, fragments);
      if (stored > 0) hasher.data(new Uint8Array(stored));
      expect(hasher.end() > 0).toBe(taken);
      return taken;
    });
    await hasher.settled();
    hasher.finish();
    return digested;
  };
  const half = GiB / 2;
  expect(
    await run([
      [half, []],
      [half, []],
      [1, []],
      [0, []],
    ]),
  ).toEqual([true, true, false, true]);
  // What is refused costs nothing, and what is stored allows for more zeros.
  expect(
    await run([
      [2 * GiB, []],
      [GiB, []],
      [17, [0, 1]],
      [18, [0, 1]],
    ]),
  ).toEqual([false, true, true, false]);
  expect(
    await run([
      [GiB, []],
      [18, [0, 1]],
    ]),
  ).toEqual([true, false]);
});

it('lets the content of plain files allow for zeros too', () => {
  const hasher = createContentHasher();
  expect(hasher.begin(1024 ** 3, 0, [])).toBe(true);
  expect(hasher.begin(16, 0, [])).toBe(false);
  hasher.begin(1, 1, undefined);
  hasher.data(new Uint8Array(1));
  expect(hasher.end()).toBe(1);
  expect(hasher.begin(16, 0, [])).toBe(true);
  expect(hasher.begin(1, 0, [])).toBe(false);
});
