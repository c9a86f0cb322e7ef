import { type ByteReader, createByteReader } from './byte-reader.js';
import type { DecodeOptions } from './decode-options.js';
import {
  BLOCK_HEADER_BYTES,
  CHECKSUM_BYTES,
  failTruncatedZstd,
  FRAME_HEADER_MAX,
  parseZstdBlock,
  parseZstdHeader,
  type ZstdFrame,
} from './zstd-frame.js';
import { nativeZstd } from './zstd-native.js';
import { createWasmZstd, type WasmZstd } from './zstd-wasm.js';

/** Up to it a frame goes to the WASM decoder even where Node has its own, which needs a new stream for every frame. */
const SMALL_FRAME_BYTES = 128 * 1024;

/**
 * Yields the plain bytes of a zstd stream (RFC 8878): any number of frames and skippable frames. Our own walk over frame
 * and block headers comes first and decides where each frame ends, what it may need and whether it is complete; libzstd
 * (Node's own where it has one, else in WASM) decodes it and verifies its checksum and declared size. Throws E_COMPRESSION for corrupt frames and for anything after the last one, and what
 * {@link parseZstdHeader} throws.
 */
export async function* unzstd(
  source: AsyncIterable<Uint8Array>,
  options: DecodeOptions,
): AsyncGenerator<Uint8Array, void> {
  const chunks = source[Symbol.asyncIterator]();
  const reader = createByteReader(chunks);
  const decoders = createDecoders(options);
  try {
    let head = await reader.peek(FRAME_HEADER_MAX);
    if (head.length === 0) failTruncatedZstd(options.what);
    for (; head.length > 0; head = await reader.peek(FRAME_HEADER_MAX)) {
      const frame = parseZstdHeader(head, reader.position, options);
      if (frame.kind === 'frame') yield* decoders.decode(frame, pieces(reader, frame, options.what));
      else if ((await reader.skip(frame.bytes)) < frame.bytes) failTruncatedZstd(options.what);
    }
  } finally {
    decoders.close();
    await chunks.return?.();
  }
}

/** Yields the frame in whole pieces: its header, then each block, the last one with the checksum. */
async function* pieces(reader: ByteReader, frame: ZstdFrame, what: string): AsyncGenerator<Uint8Array, void> {
  const take = async (count: number): Promise<Uint8Array> => {
    const bytes = await reader.peek(count);
    if (bytes.length < count) failTruncatedZstd(what);
    await reader.skip(count);
    return bytes.subarray(0, count);
  };
  yield take(frame.headerBytes);
  for (let last = false; !last;) {
    const header = await reader.peek(BLOCK_HEADER_BYTES);
    if (header.length < BLOCK_HEADER_BYTES) failTruncatedZstd(what);
    const block = parseZstdBlock(header, frame, reader.position, what);
    ({ last } = block);
    yield take(block.bytes + (last && frame.checksum ? CHECKSUM_BYTES : 0));
  }
}

interface Decoders {
  decode(frame: ZstdFrame, pieces: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array, void>;
  close(): void;
}

function createDecoders({ what }: DecodeOptions): Decoders {
  let wasm: WasmZstd | undefined;

  async function* decodeInWasm(
    frame: ZstdFrame,
    parts: AsyncIterable<Uint8Array>,
  ): AsyncGenerator<Uint8Array> {
    wasm ??= await createWasmZstd(what);
    wasm.begin(frame.windowBytes);
    for await (const part of parts) {
      const plain = wasm.decode(part);
      if (plain.length > 0) yield plain;
    }
    wasm.end();
  }

  return {
    async *decode(frame, parts) {
      if (nativeZstd === undefined) {
        yield* decodeInWasm(frame, parts);
        return;
      }
      const start: Uint8Array[] = [];
      let bytes = 0;
      let complete = false;
      while (!complete && bytes <= SMALL_FRAME_BYTES) {
        const step = await parts.next();
        if (step.done === true) complete = true;
        else {
          start.push(step.value);
          bytes += step.value.length;
        }
      }
      const all = chain(start, parts);
      yield* complete ? decodeInWasm(frame, all) : nativeZstd(all, frame.windowBytes, what);
    },
    close: () => wasm?.close(),
  };
}

async function* chain(
  start: readonly Uint8Array[],
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  yield* start;
  yield* rest;
}
