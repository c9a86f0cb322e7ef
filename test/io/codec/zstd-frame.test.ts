import { describe, expect, test } from 'vitest';
import { parseZstdBlock, parseZstdHeader } from '../../../src/io/codec/zstd-frame.js';
import { StrataError } from '../../../src/model/error.js';
import { DEFAULT_LIMITS } from '../../../src/model/limits.js';

const options = { limits: DEFAULT_LIMITS, what: 'test' };
const MAGIC = [0x28, 0xb5, 0x2f, 0xfd];
const parse = (...bytes: number[]): ReturnType<typeof parseZstdHeader> =>
  parseZstdHeader(Uint8Array.from(bytes), 0, options);

function codeOf(run: () => unknown): string {
  try {
    run();
    return '';
  } catch (thrown) {
    return thrown instanceof StrataError ? thrown.code : 'foreign';
  }
}

describe('RFC 8878 §3.1.1.1: frame headers', () => {
  test.each([
    ['window descriptor 0 is 1 KiB', [0x00, 0x00], 6, 1024, undefined],
    ['window exponent 17 is 128 MiB', [0x00, 17 << 3], 6, 2 ** 27, undefined],
    ['window mantissa counts eighths', [0x00, (10 << 3) | 5], 6, 2 ** 20 + 5 * 2 ** 17, undefined],
    ['single segment: one byte of content size is the window', [0x20, 9], 6, 9, 9],
    ['two bytes of content size are offset by 256', [0x60, 1, 1], 7, 513, 513],
    ['four bytes of content size', [0xa0, 0, 0, 1, 0], 9, 65_536, 65_536],
    ['eight bytes of content size', [0xe0, 0, 0, 0, 1, 0, 0, 0, 0], 13, 2 ** 24, 2 ** 24],
    ['a dictionary id of zero is none', [0x23, 0, 0, 0, 0, 7], 10, 7, 7],
    ['the unused bit means nothing', [0x30, 9], 6, 9, 9],
  ])('%s', (_, bytes, headerBytes, windowBytes, contentBytes) => {
    expect(parse(...MAGIC, ...bytes)).toMatchObject({
      kind: 'frame',
      headerBytes,
      windowBytes,
      contentBytes,
    });
  });

  test.each([
    ['no magic number', [0x29, 0xb5, 0x2f, 0xfd, 0, 0], 'E_COMPRESSION'],
    ['the reserved bit', [...MAGIC, 0x08, 0], 'E_COMPRESSION'],
    ['a dictionary', [...MAGIC, 0x01, 0, 5], 'E_COMPRESSION_UNSUPPORTED'],
    ['zstd 0.7', [0x27, 0xb5, 0x2f, 0xfd, 0, 0], 'E_COMPRESSION_UNSUPPORTED'],
    ['a window of 144 MiB', [...MAGIC, 0x00, (17 << 3) | 1], 'E_LIMIT'],
    ['the largest window', [...MAGIC, 0x00, 0xff], 'E_LIMIT'],
    ['a single segment of 128 MiB and a byte', [...MAGIC, 0xa0, 1, 0, 0, 8], 'E_LIMIT'],
    ['2^64 - 1 bytes', [...MAGIC, 0xc0, 0, ...Array<number>(8).fill(255)], 'E_LIMIT'],
    ['half a magic number', MAGIC.slice(0, 2), 'E_TRUNCATED'],
    ['half a header', [...MAGIC, 0xc0, 0, 1, 2, 3], 'E_TRUNCATED'],
    ['half a skippable header', [0x5f, 0x2a, 0x4d, 0x18, 1, 0, 0], 'E_TRUNCATED'],
  ])('%s is refused', (_, bytes, code) => {
    expect(codeOf(() => parse(...bytes))).toBe(code);
  });

  test('§3.1.2: sixteen magic numbers are skippable frames, with up to 4 GiB', () => {
    for (let nibble = 0; nibble < 16; nibble++)
      expect(parse(0x50 + nibble, 0x2a, 0x4d, 0x18, 255, 255, 255, 255)).toEqual({
        kind: 'skippable',
        bytes: 2 ** 32 + 7,
      });
  });
});

describe('§3.1.1.2: blocks', () => {
  const frame = parse(...MAGIC, 0x00, 0x00);
  if (frame.kind !== 'frame') throw new Error('not a frame');
  const block = (header: number): ReturnType<typeof parseZstdBlock> =>
    parseZstdBlock(Uint8Array.of(header & 255, (header >> 8) & 255, header >> 16), frame, 6, 'test');

  test('a raw or compressed block has its size, a run one byte', () => {
    expect(block((500 << 3) | 0)).toEqual({ last: false, bytes: 503 });
    expect(block((1000 << 3) | 2)).toEqual({ last: false, bytes: 4 });
    expect(block((500 << 3) | 5)).toEqual({ last: true, bytes: 503 });
  });

  test('a reserved type or more than the smaller of the window and 128 KiB is E_COMPRESSION', () => {
    expect(codeOf(() => block((10 << 3) | 6))).toBe('E_COMPRESSION');
    for (const type of [0, 2, 4]) {
      expect(codeOf(() => block((1024 << 3) | type))).toBe('');
      expect(codeOf(() => block((1025 << 3) | type))).toBe('E_COMPRESSION');
    }
    const wide = parse(...MAGIC, 0x00, 17 << 3);
    expect(wide).toMatchObject({ blockMax: 128 * 1024 });
  });
});
