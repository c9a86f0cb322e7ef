import type { ByteReader } from './byte-reader.js';
import {
  BLOCK_HEADER_BYTES,
  CHECKSUM_BYTES,
  failTruncatedZstd,
  parseZstdBlock,
  type ZstdFrame,
} from './zstd-frame.js';

/** A frame in whole pieces: its header, then each block, the last one with the checksum. */
export interface FrameWalk {
  readonly done: boolean;
  /** Returns the next pieces, at least one; undefined at the end. Throws E_COMPRESSION, E_TRUNCATED. */
  next(): Promise<readonly Uint8Array[] | undefined>;
}

/** Pieces handed out together at most. */
const TOGETHER = 1024;

/**
 * Walks over the frame whose header is next. All pieces that lie ready come together: a frame may be a million blocks of
 * one byte each, and waiting for every one would cost more than decoding it.
 */
export function walkFrame(reader: ByteReader, frame: ZstdFrame, what: string): FrameWalk {
  /** Bytes of the next piece, as soon as they are known. */
  let bytes: number | undefined = frame.headerBytes;
  let last = false;
  let done = false;

  const measure = (header: Uint8Array): number => {
    const block = parseZstdBlock(header, frame, reader.position, what);
    ({ last } = block);
    return block.bytes + (last && frame.checksum ? CHECKSUM_BYTES : 0);
  };
  const passed = (): void => {
    bytes = undefined;
    done = last;
  };
  /** Returns the next piece when there is one and it lies ready. */
  const ready = (): Uint8Array | undefined => {
    if (done) return undefined;
    if (bytes === undefined && reader.ready.length >= BLOCK_HEADER_BYTES) bytes = measure(reader.ready);
    const piece = bytes === undefined ? undefined : reader.take(bytes);
    if (piece !== undefined) passed();
    return piece;
  };
  const awaited = async (): Promise<Uint8Array> => {
    if (bytes === undefined) {
      const header = await reader.peek(BLOCK_HEADER_BYTES);
      if (header.length < BLOCK_HEADER_BYTES) failTruncatedZstd(what);
      bytes = measure(header);
    }
    await reader.peek(bytes);
    const piece = reader.take(bytes) ?? failTruncatedZstd(what);
    passed();
    return piece;
  };

  return {
    get done() {
      return done;
    },
    async next() {
      if (done) return undefined;
      const pieces = [ready() ?? (await awaited())];
      try {
        while (pieces.length < TOGETHER) {
          const piece = ready();
          if (piece === undefined) break;
          pieces.push(piece);
        }
      } catch {
        // It is the next call's: what lies before the bad block is decoded first.
      }
      return pieces;
    },
  };
}
