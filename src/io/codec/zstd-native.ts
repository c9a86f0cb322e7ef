import zlib from 'node:zlib';
import { fail } from '../../model/error.js';
import { type Engine, engineErrorCode, PLAIN_CHUNK_BYTES, through } from './engine.js';

/** Decodes one whole frame, given in pieces, some at a time. Throws E_COMPRESSION. */
export type NativeZstd = (
  pieces: AsyncIterable<readonly Uint8Array[]>,
  windowBytes: number,
  what: string,
) => AsyncGenerator<Uint8Array, void>;

/** What Node has from 22.15 on; its type declarations are of Node 20. */
interface ZstdInZlib {
  readonly createZstdDecompress: (options: {
    readonly chunkSize: number;
    readonly params: Readonly<Record<number, number>>;
  }) => Engine;
  readonly constants: { readonly ZSTD_d_windowLogMax: number };
}

const WINDOW_LOG_MIN = 10;
const WINDOW_LOG_MAX = 31;
const FEED_BYTES = 256 * 1024;

function hasZstd(module: object): module is ZstdInZlib {
  return 'createZstdDecompress' in module && typeof module.createZstdDecompress === 'function';
}

/** Node's own libzstd; undefined where this Node has none. It ends after one frame, so that each gets a new stream. */
export const nativeZstd: NativeZstd | undefined = hasZstd(zlib) ? decoderOf(zlib) : undefined;

function decoderOf({ createZstdDecompress, constants }: ZstdInZlib): NativeZstd {
  return async function* decode(pieces, windowBytes, what) {
    const windowLog = Math.ceil(Math.log2(Math.max(windowBytes, 1)));
    const engine = createZstdDecompress({
      chunkSize: PLAIN_CHUNK_BYTES,
      params: {
        [constants.ZSTD_d_windowLogMax]: Math.min(Math.max(windowLog, WINDOW_LOG_MIN), WINDOW_LOG_MAX),
      },
    });
    const joined = join(pieces);
    try {
      const rest = yield* through(engine, async () => {
        const step = await joined.next();
        return step.done === true ? undefined : step.value;
      });
      if (rest.length > 0)
        fail('E_COMPRESSION', `decompressing ${what}: the zstd frame ends before its last block`);
    } catch (thrown) {
      if (engineErrorCode(thrown) !== '')
        fail('E_COMPRESSION', `decompressing ${what}: the zstd data or its checksum is corrupt`, {
          cause: thrown,
        });
      throw thrown;
    } finally {
      await joined.return();
    }
  };
}

/** Joins neighbours in memory, as blocks of one chunk are, without copying: fewer turns through the thread pool. */
async function* join(batches: AsyncIterable<readonly Uint8Array[]>): AsyncGenerator<Uint8Array, void> {
  let held: Uint8Array | undefined;
  for await (const pieces of batches)
    for (const piece of pieces) {
      if (held === undefined) held = piece;
      else if (areNeighbours(held, piece) && held.length + piece.length <= FEED_BYTES)
        held = new Uint8Array(held.buffer, held.byteOffset, held.length + piece.length);
      else {
        yield held;
        held = piece;
      }
    }
  if (held !== undefined) yield held;
}

function areNeighbours(first: Uint8Array, second: Uint8Array): boolean {
  return first.buffer === second.buffer && first.byteOffset + first.length === second.byteOffset;
}
