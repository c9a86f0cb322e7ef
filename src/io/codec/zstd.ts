import { createBreather } from '../breathe.js';
import { createByteReader } from './byte-reader.js';
import type { DecodeOptions } from './decode-options.js';
import { failTruncatedZstd, FRAME_HEADER_MAX, parseZstdHeader, type ZstdFrame } from './zstd-frame.js';
import { nativeZstd } from './zstd-native.js';
import { type FrameWalk, walkFrame } from './zstd-walk.js';
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
  // Frames and blocks may be tiny, or empty, and many: nothing here waits where the bytes lie ready.
  const breathe = createBreather();
  const decoders = createDecoders(options, breathe);
  try {
    for (let first = true; ; first = false) {
      const { ready } = reader;
      const head = ready.length < FRAME_HEADER_MAX ? await reader.peek(FRAME_HEADER_MAX) : ready;
      if (head.length === 0) {
        if (first) failTruncatedZstd(options.what);
        break;
      }
      const frame = parseZstdHeader(head, reader.position, options);
      if (frame.kind === 'frame') yield* decoders.decode(frame, walkFrame(reader, frame, options.what));
      else if (reader.take(frame.bytes) === undefined && (await reader.skip(frame.bytes)) < frame.bytes)
        failTruncatedZstd(options.what);
      const pause = breathe(0);
      if (pause !== undefined) await pause;
    }
  } finally {
    decoders.close();
    await chunks.return?.();
  }
}

interface Decoders {
  decode(frame: ZstdFrame, walk: FrameWalk): AsyncGenerator<Uint8Array, void>;
  close(): void;
}

type Pieces = readonly Uint8Array[];

function createDecoders(
  { what }: DecodeOptions,
  breathe: (count: number) => Promise<void> | undefined,
): Decoders {
  let wasm: WasmZstd | undefined;

  async function* decodeInWasm(
    frame: ZstdFrame,
    start: readonly Pieces[],
    walk: FrameWalk,
  ): AsyncGenerator<Uint8Array> {
    wasm ??= await createWasmZstd(what);
    wasm.begin(frame.windowBytes);
    let at = 0;
    for (;;) {
      const pieces = at < start.length ? start[at++] : await walk.next();
      if (pieces === undefined) break;
      for (const piece of pieces) {
        const plain = wasm.decode(piece);
        if (plain.length > 0) yield plain;
        const pause = breathe(plain.length);
        if (pause !== undefined) await pause;
      }
    }
    wasm.end();
  }

  return {
    async *decode(frame, walk) {
      if (nativeZstd === undefined) {
        yield* decodeInWasm(frame, [], walk);
        return;
      }
      const start: Pieces[] = [];
      let bytes = 0;
      while (!walk.done && bytes <= SMALL_FRAME_BYTES) {
        const pieces = await walk.next();
        if (pieces === undefined) break;
        start.push(pieces);
        for (const piece of pieces) bytes += piece.length;
      }
      if (walk.done && bytes <= SMALL_FRAME_BYTES) yield* decodeInWasm(frame, start, walk);
      else yield* nativeZstd(chain(start, walk, breathe), frame.windowBytes, what);
    },
    close: () => wasm?.close(),
  };
}

async function* chain(
  start: readonly Pieces[],
  walk: FrameWalk,
  breathe: (count: number) => Promise<void> | undefined,
): AsyncGenerator<Pieces, void> {
  yield* start;
  for (let pieces = await walk.next(); pieces !== undefined; pieces = await walk.next()) {
    yield pieces;
    await breathe(0);
  }
}
