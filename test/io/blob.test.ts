import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { hashBlob, openPlain, type PlainOptions } from '../../src/io/blob.js';
import { createAnomalyLog } from '../../src/model/anomaly.js';
import { type Digest, parseDigest } from '../../src/model/digest.js';
import type { Compression } from '../../src/model/image.js';
import { DEFAULT_LIMITS } from '../../src/model/limits.js';
import { collect, errorCode, pipe, sample } from './codec/streams.js';
import { openFiles, scratch } from './scratch.js';

const PLAIN = sample(1_000_000);
const COMPRESSIONS = ['none', 'gzip', 'zstd'] as const satisfies readonly Compression[];
const STORED = {
  none: PLAIN,
  gzip: gzipSync(PLAIN),
  zstd: pipe('zstd', ['-q', '-c'], PLAIN),
} as const satisfies Record<Compression, Buffer>;

function digest(bytes: Uint8Array, algorithm: 'sha256' | 'sha512' = 'sha256'): Digest {
  return parseDigest(`${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`);
}

/** Options for a blob that lies within a file, as one in an archive does. */
function stored(compression: Compression, bytes: Buffer = STORED[compression]): PlainOptions {
  const file = path.join(scratch(), 'archive');
  writeFileSync(file, Buffer.concat([Buffer.from('before'), bytes, Buffer.from('after')]));
  const range = { path: file, offset: 6, length: bytes.length };
  return { range, compression, limits: DEFAULT_LIMITS, anomalies: createAnomalyLog() };
}

describe.each(COMPRESSIONS)('a %s blob', (compression) => {
  const blob = STORED[compression];

  test('one pass gives the plain bytes, both digests and both sizes', async () => {
    let read = 0;
    const plain = openPlain({
      ...stored(compression),
      onStored: (count) => {
        read += count;
      },
    });
    expect(() => plain.result()).toThrow('before its end');
    expect((await collect(plain)).equals(PLAIN)).toBe(true);
    expect(plain.result()).toEqual({
      digest: digest(blob),
      diffID: digest(PLAIN),
      storedBytes: blob.length,
      plainBytes: PLAIN.length,
    });
    expect(read).toBe(blob.length);
  });

  test('what was promised is verified, in SHA-256, SHA-512 or one of each', async () => {
    for (const first of ['sha256', 'sha512'] as const)
      for (const second of ['sha256', 'sha512'] as const) {
        const promised = { digest: digest(blob, first), diffID: digest(PLAIN, second), size: blob.length };
        const plain = openPlain({ ...stored(compression), ...promised });
        await collect(plain);
        expect(plain.result()).toMatchObject({ digest: promised.digest, diffID: promised.diffID });
        const wrong = digest(Buffer.from('other'), first);
        expect(
          await errorCode(collect(openPlain({ ...stored(compression), ...promised, digest: wrong }))),
        ).toBe('E_DIGEST_MISMATCH');
        const wrongPlain = digest(Buffer.from('other'), second);
        expect(
          await errorCode(collect(openPlain({ ...stored(compression), ...promised, diffID: wrongPlain }))),
        ).toBe('E_DIGEST_MISMATCH');
      }
  });

  test('another size than promised is E_SIZE_MISMATCH', async () => {
    const options = { ...stored(compression), size: blob.length + 1 };
    expect(await errorCode(collect(openPlain(options)))).toBe('E_SIZE_MISMATCH');
  });

  test('a bit flipped anywhere is an error when digests are promised', async () => {
    const promised = { digest: digest(blob), diffID: digest(PLAIN) };
    const step = Math.ceil(blob.length / 40);
    for (let at = 3; at < blob.length; at += step) {
      const bad = Buffer.from(blob);
      bad[at] ^= 0x20;
      const code = await errorCode(collect(openPlain({ ...stored(compression, bad), ...promised })));
      expect(['E_DIGEST_MISMATCH', 'E_COMPRESSION', 'E_TRUNCATED', 'E_LIMIT']).toContain(code);
    }
  });

  test('stopping early, damage and an abort leave no file open', async () => {
    const before = openFiles();
    for (let i = 0; i < 20; i++) {
      for await (const chunk of openPlain(stored(compression))) {
        expect(chunk.length).toBeGreaterThan(0);
        break;
      }
      const damaged = Buffer.from(blob);
      damaged.fill(0xa5, 1000, 2000);
      const promised = { digest: digest(blob) };
      expect(await errorCode(collect(openPlain({ ...stored(compression, damaged), ...promised })))).not.toBe(
        '',
      );
    }
    expect(openFiles()).toBe(before);
  });

  test('an abort in the middle is E_INTERRUPTED', async () => {
    const abort = new AbortController();
    const read = async (): Promise<void> => {
      for await (const chunk of openPlain({ ...stored(compression), signal: abort.signal })) {
        expect(chunk.length).toBeGreaterThan(0);
        abort.abort();
      }
    };
    expect(await errorCode(read())).toBe('E_INTERRUPTED');
  });

  test('layerBytes bounds the plain bytes', async () => {
    const limits = { ...DEFAULT_LIMITS, layerBytes: PLAIN.length - 1 };
    expect(await errorCode(collect(openPlain({ ...stored(compression), limits })))).toBe('E_LIMIT');
  });
});

test('trailing data is part of what the digest covers', async () => {
  const bytes = Buffer.concat([STORED.gzip, Buffer.alloc(700_000)]);
  const options = { ...stored('gzip', bytes), digest: digest(bytes) };
  const plain = openPlain(options);
  expect((await collect(plain)).equals(PLAIN)).toBe(true);
  expect(plain.result().storedBytes).toBe(bytes.length);
  expect(options.anomalies.list.map((item) => item.code)).toEqual(['blob-trailing-zeros']);
});

test('hashBlob digests the stored bytes', async () => {
  let read = 0;
  const { range } = stored('gzip');
  const onBytes = (count: number): void => {
    read += count;
  };
  expect(await hashBlob(range, { onBytes })).toBe(digest(STORED.gzip));
  expect(read).toBe(STORED.gzip.length);
});
