import { crc32 } from 'node:zlib';

/*
 * A derived file: payload, then a trailer of 24 bytes: the length of the payload (u64), 'STRATADF', CRC-32 of the
 * payload and of what the file is (u32), CRC-32 of the trailer's first 20 bytes (u32), little-endian. It stands at the
 * end so that the payload begins at an aligned address in the one buffer that a file is read into.
 */
const TRAILER_BYTES = 24;

const MAGIC = 0x4644415441525453n;

/** Returns the trailer for a payload written in these parts. `what` names kind, version and key. */
export function makeTrailer(parts: readonly Uint8Array[], what: string): Uint8Array {
  let crc = crc32(what);
  let length = 0;
  for (const part of parts) {
    // zlib takes an empty array's null pointer for "start anew".
    if (part.length > 0) crc = crc32(part, crc);
    length += part.length;
  }
  const trailer = Buffer.alloc(TRAILER_BYTES);
  trailer.writeBigUInt64LE(BigInt(length), 0);
  trailer.writeBigUInt64LE(MAGIC, 8);
  trailer.writeUInt32LE(crc, 16);
  trailer.writeUInt32LE(crc32(trailer.subarray(0, 20)), 20);
  return trailer;
}

/**
 * Returns the payload of a derived file as a view that begins where `bytes` does; undefined when any byte of the file
 * differs from what was written, or the file is another one than `what`.
 */
export function openTrailer(bytes: Uint8Array, what: string): Uint8Array | undefined {
  const length = bytes.length - TRAILER_BYTES;
  if (length < 0) return undefined;
  const payload = bytes.subarray(0, length);
  const expected = makeTrailer([payload], what);
  return Buffer.compare(bytes.subarray(length), expected) === 0 ? payload : undefined;
}
