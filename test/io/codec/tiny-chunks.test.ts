import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { openPlain } from '../../../src/io/blob.js';
import { coalesced } from '../../../src/io/codec/coalesce.js';
import { decompress } from '../../../src/io/codec/decompress.js';
import { createAnomalyLog } from '../../../src/model/anomaly.js';
import { DEFAULT_LIMITS } from '../../../src/model/limits.js';
import { scratch } from '../scratch.js';
import { collect, errorCode, sample, split } from './streams.js';

const KiB = 1024;
const LEAST = 64 * KiB;

/** One frame of raw blocks of one byte each, without a checksum. */
function tinyBlocks(plain: Uint8Array): Buffer {
  const out = Buffer.alloc(6 + 4 * plain.length);
  out.set([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50]);
  plain.forEach((byte, i) => {
    out.set([(i === plain.length - 1 ? 1 : 0) | (1 << 3), 0, 0, byte], 6 + 4 * i);
  });
  return out;
}

/** A frame for every byte. */
function tinyFrames(plain: Uint8Array): Buffer {
  return Buffer.concat(
    [...plain].map((byte) => Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, 1, 9, 0, 0, byte])),
  );
}

/** A gzip member for every byte, or with nothing in it at all. */
function tinyMembers(plain: Uint8Array, empty = false): Buffer {
  const members = Array.from({ length: 256 }, (_, byte) => {
    const content = empty ? Buffer.alloc(0) : Buffer.from([byte]);
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(crc32(content), 0);
    trailer.writeUInt32LE(content.length, 4);
    const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
    return Buffer.concat([header, deflateRawSync(content), trailer]);
  });
  return Buffer.concat([...plain].map((byte) => members[byte]));
}

describe('chunks are joined', () => {
  const sizesOf = async (sizes: readonly number[]): Promise<number[]> => {
    const plain = sample(sizes.reduce((sum, size) => sum + size, 0));
    const chunks: Uint8Array[] = [];
    for await (const chunk of coalesced(split(plain, sizes))) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(plain)).toBe(true);
    expect(new Set(chunks.map((chunk) => chunk.buffer)).size).toBe(chunks.length);
    return chunks.map((chunk) => chunk.length);
  };

  test('to 64 KiB each, but for the last', async () => {
    expect(await sizesOf(Array<number>(200_000).fill(1))).toEqual([LEAST, LEAST, LEAST, 200_000 - 3 * LEAST]);
    expect(await sizesOf([LEAST - 1, 2, 5])).toEqual([LEAST, 6]);
    expect(await sizesOf([])).toEqual([]);
  });

  test('large ones pass as they are, behind what was held', async () => {
    expect(await sizesOf([LEAST, 300 * KiB])).toEqual([LEAST, 300 * KiB]);
    expect(await sizesOf([10, LEAST, 10])).toEqual([10, LEAST, 10]);
    const large = new Uint8Array(LEAST);
    for await (const chunk of coalesced(split(large))) expect(chunk.byteOffset).toBe(0);
    async function* same(): AsyncGenerator<Uint8Array> {
      await Promise.resolve();
      yield large;
    }
    for await (const chunk of coalesced(same())) expect(chunk).toBe(large);
  });

  test('what came before an error is handed out before it', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield* split(Buffer.from('abc'), [1, 1]);
      throw new Error('broken');
    }
    const got: string[] = [];
    const read = async (): Promise<void> => {
      for await (const chunk of coalesced(failing())) got.push(Buffer.from(chunk).toString());
    };
    await expect(read()).rejects.toThrow('broken');
    expect(got).toEqual(['abc']);
  });

  test('a reader that stops closes the source', async () => {
    let closed = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) {
          await Promise.resolve();
          yield new Uint8Array(LEAST);
        }
      } finally {
        closed = true;
      }
    }
    for await (const chunk of coalesced(endless())) if (chunk.length > 0) break;
    expect(closed).toBe(true);
  });
});

const PLAIN = sample(150_000);
const KINDS = [
  ['zstd', 'one-byte blocks', tinyBlocks(PLAIN)],
  ['zstd', 'one-byte frames', tinyFrames(PLAIN)],
  ['gzip', 'one-byte members', tinyMembers(PLAIN)],
] as const;

describe.each(KINDS)('%s of %s', (compression, _name, packed) => {
  test('comes in chunks of 64 KiB', async () => {
    const options = { limits: DEFAULT_LIMITS, anomalies: createAnomalyLog() };
    const sizes: number[] = [];
    const parts: Uint8Array[] = [];
    for await (const chunk of decompress(split(packed), compression, options)) {
      sizes.push(chunk.length);
      parts.push(chunk);
    }
    expect(Buffer.concat(parts).equals(PLAIN)).toBe(true);
    // Nothing is copied to fill up what precedes a large chunk, so of two neighbours one may be small.
    expect(sizes.slice(1, -1).every((size, i) => size >= LEAST || sizes[i] >= LEAST)).toBe(true);
  });

  test('is the same however the source is cut', async () => {
    const options = { limits: DEFAULT_LIMITS, anomalies: createAnomalyLog() };
    const cuts = Array.from({ length: 2000 }, (_, i) => 1 + (i % 37));
    const few = packed.subarray(0, compression === 'gzip' ? packed.length : undefined);
    expect((await collect(decompress(split(few, cuts), compression, options))).equals(PLAIN)).toBe(true);
  });
});

describe('an abort is heard', () => {
  test.each([
    ['zstd', 'one-byte blocks', tinyBlocks(sample(1_000_000))],
    ['gzip', 'one-byte members', tinyMembers(sample(300_000))],
    ['gzip', 'empty members', tinyMembers(sample(1_000_000), true)],
    ['zstd', 'empty skippable frames', Buffer.alloc(8_000_000, Buffer.from('502a4d1800000000', 'hex'))],
  ] as const)('within %s of %s', async (compression, _name, packed) => {
    const file = path.join(scratch(), 'blob');
    writeFileSync(file, packed);
    const stop = new AbortController();
    let stored = 0;
    const plain = openPlain({
      range: { path: file, offset: 0, length: packed.length },
      compression,
      limits: DEFAULT_LIMITS,
      anomalies: createAnomalyLog(),
      signal: stop.signal,
      onStored: (count) => {
        stored += count;
      },
    });
    // Heard only when the event loop turns.
    setTimeout(() => {
      stop.abort();
    }, 1);
    expect(await errorCode(collect(plain))).toBe('E_INTERRUPTED');
    expect(stored).toBeLessThan(packed.length / 2);
  });
});
