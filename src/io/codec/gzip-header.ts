import { crc32 } from 'node:zlib';
import { fail } from '../../model/error.js';
import type { ByteReader } from './byte-reader.js';

const FIXED_BYTES = 10;
const DEFLATE = 8;
const FLAG = { hcrc: 0x02, extra: 0x04, name: 0x08, comment: 0x10, reserved: 0xe0 } as const;

/** True when the bytes begin with a gzip member's ID1 and ID2. */
export function isGzipMagic(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * Consumes one member header (RFC 1952 §2.3), in constant memory however long its file name is. Throws E_COMPRESSION for
 * another format, method, a reserved flag or a wrong header CRC, E_TRUNCATED when the stream ends within it.
 */
export async function skipGzipHeader(reader: ByteReader, what: string): Promise<void> {
  const at = `byte ${reader.position}`;
  const fixed = await reader.peek(FIXED_BYTES);
  if (fixed.length >= 2 && !isGzipMagic(fixed))
    fail('E_COMPRESSION', `decompressing ${what}: there is no gzip header at ${at}`);
  if (fixed.length < FIXED_BYTES) failTruncated(what);
  const flags = fixed[3];
  if (fixed[2] !== DEFLATE)
    fail('E_COMPRESSION', `decompressing ${what}: unknown gzip method ${fixed[2]} at ${at}`);
  if ((flags & FLAG.reserved) !== 0)
    fail('E_COMPRESSION', `decompressing ${what}: reserved gzip flags are set at ${at}`);
  let crc = crc32(fixed.subarray(0, FIXED_BYTES));
  await reader.skip(FIXED_BYTES);

  if ((flags & FLAG.extra) !== 0) {
    const prefix = await exactly(reader, 2, what);
    crc = crc32(prefix, crc);
    for (let left = prefix[0] | (prefix[1] << 8); left > 0;) {
      const bytes = await exactly(reader, Math.min(left, 4096), what);
      crc = crc32(bytes, crc);
      left -= bytes.length;
    }
  }
  if ((flags & FLAG.name) !== 0) crc = await skipText(reader, crc, what);
  if ((flags & FLAG.comment) !== 0) crc = await skipText(reader, crc, what);
  if ((flags & FLAG.hcrc) !== 0) {
    const stated = await exactly(reader, 2, what);
    if ((stated[0] | (stated[1] << 8)) !== (crc & 0xffff))
      fail('E_COMPRESSION', `decompressing ${what}: the header CRC is wrong at ${at}`);
  }
}

/** Consumes a header without flags when it lies ready; else returns false, for {@link skipGzipHeader} to look at it. */
export function skipPlainHeader(reader: ByteReader): boolean {
  const { ready } = reader;
  const plain = ready.length >= FIXED_BYTES && isGzipMagic(ready) && ready[2] === DEFLATE && ready[3] === 0;
  if (plain) reader.take(FIXED_BYTES);
  return plain;
}

/** Consumes and returns exactly `count` bytes. Throws E_TRUNCATED. */
export async function exactly(reader: ByteReader, count: number, what: string): Promise<Uint8Array> {
  const bytes = await reader.peek(count);
  if (bytes.length < count) failTruncated(what);
  await reader.skip(count);
  return bytes.subarray(0, count);
}

async function skipText(reader: ByteReader, seed: number, what: string): Promise<number> {
  let crc = seed;
  for (;;) {
    const bytes = await reader.peek(1);
    if (bytes.length === 0) failTruncated(what);
    const nul = bytes.indexOf(0);
    const taken = bytes.subarray(0, nul === -1 ? bytes.length : nul + 1);
    crc = crc32(taken, crc);
    await reader.skip(taken.length);
    if (nul !== -1) return crc;
  }
}

export function failTruncated(what: string): never {
  return fail('E_TRUNCATED', `decompressing ${what}: the gzip stream ends too early`);
}
