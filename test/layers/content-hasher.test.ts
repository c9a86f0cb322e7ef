import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createContentHasher } from '../../src/layers/content-hasher.js';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

it('digests the expanded content of any file, sparse or not, however it is cut', () => {
  const fragment = fc.tuple(fc.integer({ min: 0, max: 50 }), fc.uint8Array({ maxLength: 40 }));
  const file = fc.record({
    parts: fc.array(fragment, { maxLength: 5 }),
    tail: fc.nat(50),
    sparse: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.array(file, { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
      (files, cuts) => {
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
