import { limitHint } from '../../model/limits.js';
import { fail } from '../../model/error.js';
import type { DecodeOptions } from './decode-options.js';
import { isLegacyZstd } from './sniff.js';

/** The longest frame header: magic number, descriptor, window, dictionary id, content size (RFC 8878 §3.1.1.1). */
export const FRAME_HEADER_MAX = 18;
export const BLOCK_HEADER_BYTES = 3;
export const CHECKSUM_BYTES = 4;
const SKIPPABLE_HEADER_BYTES = 8;
const BLOCK_MAX = 128 * 1024;

export interface ZstdFrame {
  readonly kind: 'frame';
  readonly headerBytes: number;
  /** Bytes a decoder must hold. */
  readonly windowBytes: number;
  /** Plain bytes as declared. */
  readonly contentBytes: number | undefined;
  readonly checksum: boolean;
  /** Largest block, compressed or plain (§3.1.1.2.4). */
  readonly blockMax: number;
}

export interface ZstdSkippable {
  readonly kind: 'skippable';
  /** With its header. */
  readonly bytes: number;
}

export interface ZstdBlock {
  readonly last: boolean;
  /** With its header. */
  readonly bytes: number;
}

/**
 * Returns what the header at the front of `bytes` says, of which there must be {@link FRAME_HEADER_MAX} or all that is
 * left. Nothing is allocated by what it says until it has been found reasonable here. Throws E_COMPRESSION for what is no
 * frame, E_COMPRESSION_UNSUPPORTED for a dictionary or a format before 0.8, E_LIMIT for a window or content beyond the
 * limits, E_TRUNCATED.
 */
export function parseZstdHeader(
  bytes: Uint8Array,
  position: number,
  { limits, what }: Pick<DecodeOptions, 'limits' | 'what'>,
): ZstdFrame | ZstdSkippable {
  const doing = `decompressing ${what}: the zstd frame at byte ${position}`;
  if (!couldBeMagic(bytes)) {
    if (isLegacyZstd(bytes))
      fail('E_COMPRESSION_UNSUPPORTED', `${doing} is of a format before zstd 0.8, which no image uses`);
    fail('E_COMPRESSION', `${doing} does not begin with a magic number`);
  }
  if (bytes.length < 5) failTruncatedZstd(what);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes[0] !== 0x28) {
    if (bytes.length < SKIPPABLE_HEADER_BYTES) failTruncatedZstd(what);
    return { kind: 'skippable', bytes: SKIPPABLE_HEADER_BYTES + view.getUint32(4, true) };
  }

  const descriptor = bytes[4];
  if ((descriptor & 0x08) !== 0) fail('E_COMPRESSION', `${doing} has its reserved bit set`);
  const singleSegment = (descriptor & 0x20) !== 0;
  const windowBytes = singleSegment ? 0 : 1;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3];
  const sizeCode = descriptor >> 6;
  const sizeBytes = sizeCode === 0 ? (singleSegment ? 1 : 0) : 1 << sizeCode;
  const headerBytes = 5 + windowBytes + dictionaryBytes + sizeBytes;
  if (bytes.length < headerBytes) failTruncatedZstd(what);

  const dictionaryAt = 5 + windowBytes;
  if (bytes.subarray(dictionaryAt, dictionaryAt + dictionaryBytes).some((byte) => byte !== 0))
    fail('E_COMPRESSION_UNSUPPORTED', `${doing} needs a dictionary`);
  const contentBytes = readContentSize(view, dictionaryAt + dictionaryBytes, sizeBytes);
  if (contentBytes !== undefined && contentBytes > limits.layerBytes)
    fail('E_LIMIT', `${doing} declares ${contentBytes} bytes, over the limit of ${limits.layerBytes}`, {
      hint: limitHint('layerBytes'),
    });
  const window = singleSegment ? (contentBytes ?? 0) : windowOf(bytes[5]);
  if (window > limits.zstdWindow)
    fail('E_LIMIT', `${doing} needs a window of ${window} bytes, over the limit of ${limits.zstdWindow}`, {
      hint: limitHint('zstdWindow'),
    });
  return {
    kind: 'frame',
    headerBytes,
    windowBytes: window,
    contentBytes,
    checksum: (descriptor & 0x04) !== 0,
    blockMax: Math.min(window, BLOCK_MAX),
  };
}

/** Returns what a block header says (RFC 8878 §3.1.1.2). Throws E_COMPRESSION for a reserved type or too large a block. */
export function parseZstdBlock(
  bytes: Uint8Array,
  frame: ZstdFrame,
  position: number,
  what: string,
): ZstdBlock {
  const header = bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);
  const type = (header >> 1) & 3;
  const size = header >> 3;
  const doing = `decompressing ${what}: the zstd block at byte ${position}`;
  if (type === 3) fail('E_COMPRESSION', `${doing} is of a reserved type`);
  if (size > frame.blockMax)
    fail('E_COMPRESSION', `${doing} has ${size} bytes, more than the ${frame.blockMax} its frame allows`);
  // A run-length block states how often its one byte is repeated.
  return { last: (header & 1) !== 0, bytes: BLOCK_HEADER_BYTES + (type === 1 ? 1 : size) };
}

export function failTruncatedZstd(what: string): never {
  return fail('E_TRUNCATED', `decompressing ${what}: the zstd stream ends too early`);
}

/** True when the bytes, up to four, are or begin the magic number of a frame or skippable frame. */
function couldBeMagic(bytes: Uint8Array): boolean {
  const matches = (first: (byte: number) => boolean, rest: readonly number[]): boolean =>
    first(bytes[0]) && rest.every((byte, i) => i + 1 >= bytes.length || bytes[i + 1] === byte);
  return (
    matches((byte) => byte === 0x28, [0xb5, 0x2f, 0xfd]) ||
    matches((byte) => (byte & 0xf0) === 0x50, [0x2a, 0x4d, 0x18])
  );
}

/** §3.1.1.1.2: a power of two with eighths, from 1 KiB to 3.75 TiB. */
function windowOf(byte: number): number {
  const base = 2 ** (10 + (byte >> 3));
  return base + (base / 8) * (byte & 7);
}

/** §3.1.1.1.4. A size beyond 2^53 loses precision, but stays far over every limit. */
function readContentSize(view: DataView, at: number, length: number): number | undefined {
  if (length === 1) return view.getUint8(at);
  if (length === 2) return view.getUint16(at, true) + 256;
  if (length === 4) return view.getUint32(at, true);
  if (length === 8) return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
  return undefined;
}
