import { ZstdCodec } from 'zstd-codec';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decompress } from '../../../src/io/codec/decompress.js';
import { createAnomalyLog } from '../../../src/model/anomaly.js';
import { DEFAULT_LIMITS } from '../../../src/model/limits.js';

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

it('reads every frame that the independent encoder zstd-codec writes', async () => {
  const compress = await new Promise<(bytes: Uint8Array, level: number) => Uint8Array | null>((resolve) => {
    ZstdCodec.run(({ Simple }) => {
      const simple = new Simple();
      resolve((bytes, level) => simple.compress(bytes, level));
    });
  });
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 3000 }),
    fc
      .tuple(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.nat(20_000))
      .map(([part, times]) => Buffer.alloc(times, part)),
  );
  await fc.assert(
    fc.asyncProperty(content, fc.integer({ min: 1, max: 19 }), async (bytes, level) => {
      const packed = compress(bytes, level);
      if (packed === null) throw new Error('zstd-codec did not compress');
      const parts: Uint8Array[] = [];
      for await (const chunk of decompress(once(packed), 'zstd', {
        limits: DEFAULT_LIMITS,
        anomalies: createAnomalyLog(),
      }))
        parts.push(Buffer.from(chunk));
      expect(Buffer.concat(parts).equals(Buffer.from(bytes))).toBe(true);
    }),
    { numRuns: 60 },
  );
});
