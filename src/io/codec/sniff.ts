import { fail } from '../../model/error.js';
import type { Compression } from '../../model/image.js';

/** Formats that strata recognises in order to say that it does not read them. */
export type UnsupportedCompression =
  'bzip2' | 'xz' | 'lzma' | 'lzip' | 'lz4' | 'compress' | 'zlib' | 'legacy zstd';

/** How many first bytes decide: a tar header block. */
export const SNIFF_BYTES = 512;

/**
 * Returns what the first bytes of a stream say it is; what nothing is known of is 'none'. gzip and zstd win over
 * everything, as in Docker and containers/image; the others only over what is not a tar header, since the name of the
 * first member may begin with any bytes. (gzip RFC 1952 §2.3.1, zstd RFC 8878 §3.1, zlib RFC 1950 §2.2, xz-file-format
 * §2.1.1.1, lz4 frame format; bzip2, lzip, lzma and compress as file(1) knows them.)
 */
export function sniffCompression(head: Uint8Array): Compression | UnsupportedCompression {
  if (startsWith(head, 0x1f, 0x8b)) return 'gzip';
  if (startsWith(head, 0x28, 0xb5, 0x2f, 0xfd)) return 'zstd';
  if (head.length >= 4 && (head[0] & 0xf0) === 0x50 && startsWith(head.subarray(1), 0x2a, 0x4d, 0x18))
    return 'zstd';
  if (isTarHeader(head)) return 'none';
  return sniffUnsupported(head) ?? 'none';
}

/** Returns `found` when strata reads it. Throws E_COMPRESSION_UNSUPPORTED, which names it. */
export function requireSupported(found: Compression | UnsupportedCompression, what: string): Compression {
  if (found === 'none' || found === 'gzip' || found === 'zstd') return found;
  return fail('E_COMPRESSION_UNSUPPORTED', `reading ${what}: it is compressed with ${found}`, {
    hint: 'strata reads gzip, zstd and uncompressed; convert the image first, for example with skopeo copy',
  });
}

function sniffUnsupported(head: Uint8Array): UnsupportedCompression | undefined {
  if (startsWith(head, 0x42, 0x5a, 0x68) && head[3] >= 0x31 && head[3] <= 0x39) return 'bzip2';
  if (startsWith(head, 0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00)) return 'xz';
  if (startsWith(head, 0x4c, 0x5a, 0x49, 0x50)) return 'lzip';
  if (startsWith(head, 0x04, 0x22, 0x4d, 0x18)) return 'lz4';
  if (startsWith(head, 0x1f, 0x9d)) return 'compress';
  if (startsWith(head, 0x5d, 0x00, 0x00) && head.length >= 13) return 'lzma';
  if (isLegacyZstd(head)) return 'legacy zstd';
  // Any window, the deflate method and a header checksum: one random pair of bytes in about 1000.
  if (head.length >= 2 && (head[0] & 0x8f) === 0x08 && (head[0] * 256 + head[1]) % 31 === 0) return 'zlib';
  return undefined;
}

/** The magic numbers of zstd 0.1 to 0.7, written before the format was frozen. */
export function isLegacyZstd(head: Uint8Array): boolean {
  if (startsWith(head, 0xfd, 0x2f, 0xb5, 0x1e)) return true;
  return head[0] >= 0x22 && head[0] <= 0x27 && startsWith(head.subarray(1), 0xb5, 0x2f, 0xfd);
}

const CHECKSUM_OFFSET = 148;
const CHECKSUM_LENGTH = 8;

/** True when the block has the checksum of a tar header (POSIX ustar: the sum of its bytes, its own field as spaces). */
function isTarHeader(block: Uint8Array): boolean {
  if (block.length < SNIFF_BYTES) return false;
  let sum = CHECKSUM_LENGTH * 0x20;
  let stated = 0;
  for (let i = 0; i < SNIFF_BYTES; i++) {
    const byte = block[i];
    if (i < CHECKSUM_OFFSET || i >= CHECKSUM_OFFSET + CHECKSUM_LENGTH) sum += byte;
    else if (byte >= 0x30 && byte <= 0x37) stated = stated * 8 + byte - 0x30;
  }
  return stated === sum;
}

function startsWith(bytes: Uint8Array, ...magic: readonly number[]): boolean {
  return bytes.length >= magic.length && magic.every((byte, i) => bytes[i] === byte);
}
