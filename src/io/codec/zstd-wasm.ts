import { fail } from '../../model/error.js';

/** libzstd in WASM, for one stream at a time. Decodes frames piece by piece, one after the other. */
export interface WasmZstd {
  /** Prepares for a frame with this window. Throws E_COMPRESSION_UNSUPPORTED, E_LIMIT. */
  begin(windowBytes: number): void;
  /** Returns what a whole piece decodes to: a frame header or a block, with its checksum. Throws E_COMPRESSION. */
  decode(piece: Uint8Array): Uint8Array;
  /** Throws E_COMPRESSION when the frame's last piece was corrupt. */
  end(): void;
  /** Gives the decoder's memory back; not when the data was corrupt, see {@link LOST_MAX}. */
  close(): void;
}

const MiB = 1024 * 1024;
/** ZSTD_WINDOWLOG_LIMIT_DEFAULT of libzstd, which the package does not let us raise. */
const WINDOW_MAX = 128 * MiB;
/**
 * The package cannot free a decoder that met corrupt data. A damaged layer loses its window once; what fills the memory
 * with one damaged stream after the other is stopped here.
 */
const LOST_MAX = 512 * MiB;
let lostBytes = 0;
const EMPTY_SKIPPABLE_FRAME = Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0);

/**
 * Returns a decoder. The package's generator is fed by whole pieces, because then it hands out exactly one result for
 * each: libzstd's output buffer holds the largest block. When it goes on without having asked for the next piece, libzstd
 * has refused the one before, which the package itself does not look at.
 */
export async function createWasmZstd(what: string): Promise<WasmZstd> {
  const { ZSTDDecoder } = await import('zstddec/stream');
  const codec = new ZSTDDecoder();
  await codec.init();
  let waiting: Uint8Array | undefined;
  const results = codec.decodeStreaming(inputs());
  let window = 0;
  let open = true;

  function* inputs(): Generator<Uint8Array, void> {
    for (let piece = waiting; piece !== undefined; piece = waiting) {
      waiting = undefined;
      yield piece;
    }
  }

  const isTaken = (): boolean => waiting === undefined;

  function failCorrupt(cause?: unknown): never {
    open = false;
    lostBytes += window;
    return fail('E_COMPRESSION', `decompressing ${what}: the zstd data or its checksum is corrupt`, {
      cause,
    });
  }

  function decode(piece: Uint8Array): Uint8Array {
    waiting = piece;
    let result: IteratorResult<Uint8Array>;
    try {
      result = results.next();
    } catch (cause) {
      return failCorrupt(cause);
    }
    if (!isTaken() || result.done === true) return failCorrupt();
    return result.value;
  }

  return {
    begin(windowBytes) {
      if (windowBytes > WINDOW_MAX)
        fail('E_COMPRESSION_UNSUPPORTED', `decompressing ${what}: its zstd window is over 128 MiB`, {
          hint: 'Node 22.15 or later decodes it',
        });
      if (lostBytes > LOST_MAX)
        fail('E_LIMIT', `decompressing ${what}: too many corrupt zstd streams were met before it`);
      window = Math.max(window, windowBytes);
    },
    decode,
    end() {
      // Only the next call tells that the one before was refused; an empty skippable frame decodes to nothing.
      decode(EMPTY_SKIPPABLE_FRAME);
    },
    close() {
      if (!open) return;
      open = false;
      waiting = undefined;
      try {
        // Without input the generator runs to its end, which frees the decoder.
        results.next();
      } catch {
        // "Incomplete stream": it was stopped within a frame, and is freed before it says so.
      }
    },
  };
}
