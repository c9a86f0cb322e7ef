import { createBreather } from '../../io/breathe.js';
import { decompress } from '../../io/codec/decompress.js';
import { bounded } from '../../io/limit.js';
import { readRange } from '../../io/read.js';
import { createAnomalyLog } from '../../model/anomaly.js';
import { fail } from '../../model/error.js';
import type { LayerContent } from '../../model/image.js';
import type { Limits } from '../../model/limits.js';

interface ForwardOptions {
  readonly limits: Limits;
  readonly signal?: AbortSignal | undefined;
  /** Told how many bytes from the beginning of the plain tar on have been read or gone over. */
  readonly onPosition?: ((position: number) => void) | undefined;
}

/** Reads a layer's plain tar forwards. */
export interface ForwardReader {
  /** Goes on to that offset, which must not be behind. */
  skipTo(offset: number): Promise<void>;
  /** The next `length` bytes, read as they are asked for; a chunk is valid until then. */
  take(length: number): AsyncGenerator<Uint8Array>;
  close(): Promise<void>;
}

/** Reading on is faster than opening the file again for so many bytes. */
const WORTH_A_JUMP = 1024 * 1024;

/**
 * Reads a layer's plain tar from its beginning; a layer that is not compressed is not read where it is skipped. The file is
 * opened unless there is a descriptor of it.
 */
export function createForwardReader(
  { range, compression }: Extract<LayerContent, { kind: 'blob' }>,
  { limits, signal, onPosition }: ForwardOptions,
  descriptor?: number,
): ForwardReader {
  const plain = compression === 'none';
  // A decoder works on what it was given after it asked for more.
  const reading = { signal, descriptor, lend: plain };
  // Not openPlain: the digests of the whole blob were verified when it was indexed.
  const openAt = (offset: number): AsyncIterator<Uint8Array> =>
    plain
      ? readRange({ ...range, offset: range.offset + offset, length: range.length - offset }, reading)
      : expand(readRange(range, reading))[Symbol.asyncIterator]();
  const expand = (stored: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> => {
    const what = `'${range.path}'`;
    const anomalies = createAnomalyLog();
    const bounds = { limits, anomalies, storedBytes: range.length, what };
    return bounded(decompress(stored, compression, { limits, anomalies, what }), bounds);
  };
  const breathe = createBreather(signal);
  let iterator: AsyncIterator<Uint8Array> | undefined;
  let chunk: Uint8Array = new Uint8Array(0);
  let position = 0;
  const next = async (): Promise<void> => {
    const result = await (iterator ??= openAt(position)).next();
    if (result.done === true) fail('E_TRUNCATED', `reading a layer: it ends at byte ${String(position)}`);
    else chunk = plainView(result.value);
    onPosition?.(position + chunk.length);
    // Stored bytes are few where they expand a thousandfold.
    await breathe(chunk.length);
  };
  return {
    async skipTo(offset) {
      if (plain && offset - position > chunk.length + WORTH_A_JUMP) {
        await iterator?.return?.();
        iterator = undefined;
        chunk = chunk.subarray(chunk.length);
        position = offset;
      }
      while (position < offset) {
        if (chunk.length === 0) await next();
        const part = Math.min(chunk.length, offset - position);
        chunk = chunk.subarray(part);
        position += part;
      }
    },
    async *take(length) {
      for (let left = length; left > 0;) {
        if (chunk.length === 0) await next();
        const part = chunk.subarray(0, Math.min(chunk.length, left));
        chunk = chunk.subarray(part.length);
        position += part.length;
        left -= part.length;
        yield part;
      }
    },
    async close() {
      await iterator?.return?.();
    },
  };
}

/** Views on a plain Uint8Array cost half of what views on a Buffer do, and there are two for every file. */
function plainView({ buffer, byteOffset, length }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length);
}
