import { constants, crc32, createInflateRaw, inflateRawSync } from 'node:zlib';
import { fail } from '../../model/error.js';
import { createBreather } from '../breathe.js';
import { type ByteReader, createByteReader } from './byte-reader.js';
import type { DecodeOptions } from './decode-options.js';
import { engineErrorCode, PLAIN_CHUNK_BYTES, through } from './engine.js';
import { exactly, failTruncated, isGzipMagic, skipGzipHeader, skipPlainHeader } from './gzip-header.js';

const TRAILER_BYTES = 8;
/** A member below it is inflated at once: setting up a stream costs as much as inflating some 20 KiB. */
const SMALL_MEMBER_BYTES = 16 * 1024;
const SMALL_PLAIN_BYTES = 1024 * 1024;
/** Room for the plain bytes of a member behind one that was tiny: half of the cost of inflating a byte is the room. */
const TINY_PLAIN_BYTES = 1024;

/**
 * Yields the plain bytes of a gzip stream (RFC 1952): one or more members, whose headers and trailers are read here and
 * whose bodies node:zlib inflates, so that every version of Node ends members in the same way. What follows the last
 * member and is not one is read on over, as gzip(1) does, and becomes the anomaly `blob-trailing-zeros` or
 * `blob-trailing-data`. Throws E_COMPRESSION for a bad header, body, CRC or length, E_TRUNCATED.
 */
export async function* gunzip(
  source: AsyncIterable<Uint8Array>,
  { anomalies, what }: DecodeOptions,
): AsyncGenerator<Uint8Array, void> {
  const chunks = source[Symbol.asyncIterator]();
  try {
    const reader = createByteReader(chunks);
    // Members may be tiny, or empty, and many: nothing here waits where the bytes lie ready.
    const breathe = createBreather();
    let small = false;
    let room: number | undefined;
    do {
      if (!skipPlainHeader(reader)) await skipGzipHeader(reader, what);
      const start = reader.position;
      const plain = small ? await smallBody(reader, room) : undefined;
      if (plain === undefined) yield* member(reader, what);
      else {
        if (plain.length > 0) yield plain;
        await checkTrailer(reader, crc32(plain), plain.length, what);
      }
      small = reader.position - start < SMALL_MEMBER_BYTES;
      room = plain !== undefined && plain.length <= TINY_PLAIN_BYTES ? TINY_PLAIN_BYTES : undefined;
      const pause = breathe(plain?.length ?? 0);
      if (pause !== undefined) await pause;
    } while (isGzipMagic(reader.ready.length < 2 ? await reader.peek(2) : reader.ready));
    const trailing = await drain(reader);
    if (trailing !== undefined)
      anomalies.add(trailing.zeros ? 'blob-trailing-zeros' : 'blob-trailing-data', what, trailing.detail);
  } finally {
    await chunks.return?.();
  }
}

async function* member(reader: ByteReader, what: string): AsyncGenerator<Uint8Array, void> {
  let crc = 0;
  let length = 0;
  for await (const plain of body(reader, what)) {
    crc = crc32(plain, crc);
    length += plain.length;
    yield plain;
  }
  await checkTrailer(reader, crc, length, what);
}

async function checkTrailer(reader: ByteReader, crc: number, length: number, what: string): Promise<void> {
  const trailer = reader.take(TRAILER_BYTES) ?? (await exactly(reader, TRAILER_BYTES, what));
  const view = new DataView(trailer.buffer, trailer.byteOffset, TRAILER_BYTES);
  if (view.getUint32(0, true) !== crc)
    fail('E_COMPRESSION', `decompressing ${what}: the gzip CRC before byte ${reader.position} is wrong`);
  if (view.getUint32(4, true) !== length % 2 ** 32)
    fail('E_COMPRESSION', `decompressing ${what}: the gzip length before byte ${reader.position} is wrong`);
}

/** Yields one deflate stream (RFC 1951) and leaves the reader behind its last byte. */
async function* body(reader: ByteReader, what: string): AsyncGenerator<Uint8Array, void> {
  try {
    const rest = yield* through(createInflateRaw({ chunkSize: PLAIN_CHUNK_BYTES }), () => reader.next());
    if (rest.length > 0) reader.unread(rest);
  } catch (thrown) {
    const code = engineErrorCode(thrown);
    if (code === 'Z_BUF_ERROR') failTruncated(what);
    if (code.startsWith('Z_'))
      fail(
        'E_COMPRESSION',
        `decompressing ${what}: the deflate data before byte ${reader.position} is corrupt`,
        {
          cause: thrown,
        },
      );
    throw thrown;
  }
}

/**
 * Returns the same for a body that is likely to be small: eStargz layers have a member for every file. Undefined, and
 * nothing consumed, when it is not; what is wrong with it is then found by {@link body}.
 */
async function smallBody(reader: ByteReader, room: number | undefined): Promise<Uint8Array | undefined> {
  const { ready } = reader;
  const bytes = ready.length < SMALL_MEMBER_BYTES ? await reader.peek(SMALL_MEMBER_BYTES) : ready;
  const inflated = inflateAtOnce(bytes.subarray(0, SMALL_MEMBER_BYTES), room);
  if (inflated === undefined) return undefined;
  reader.take(inflated.used);
  return inflated.plain;
}

/** Returns undefined when the deflate stream does not end within `bytes`, expands far, or is corrupt. */
function inflateAtOnce(
  bytes: Uint8Array,
  chunkSize: number | undefined,
): { plain: Uint8Array; used: number } | undefined {
  try {
    const result: unknown = inflateRawSync(bytes, {
      info: true,
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: SMALL_PLAIN_BYTES,
      ...(chunkSize === undefined ? {} : { chunkSize }),
    });
    if (!hasEngine(result)) return undefined;
    const used = result.engine.bytesWritten;
    // All input used: the stream may go on beyond it.
    return used < bytes.length ? { plain: result.buffer, used } : undefined;
  } catch {
    return undefined;
  }
}

/** The form of a result with `info: true`, which the type declarations leave out. */
interface InflatedWithInfo {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}

function hasEngine(result: unknown): result is InflatedWithInfo {
  return typeof result === 'object' && result !== null && 'engine' in result && 'buffer' in result;
}

/** Reads to the end of the stream, which verifies its digest; returns what was there, undefined when nothing. */
async function drain(reader: ByteReader): Promise<{ zeros: boolean; detail: string } | undefined> {
  const start = reader.position;
  let zeros = true;
  for (let bytes = await reader.next(); bytes !== undefined; bytes = await reader.next())
    zeros &&= bytes.every((byte) => byte === 0);
  const count = reader.position - start;
  if (count === 0) return undefined;
  return { zeros, detail: `${count} bytes after the gzip stream's end at byte ${start}` };
}
