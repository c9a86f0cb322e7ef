import type { Transform } from 'node:stream';
import { StrataError } from '../../model/error.js';

/** A decoder of node:zlib. */
export type Engine = Transform & {
  /** Bytes of input it has used. */
  readonly bytesWritten: number;
};

/** Plain bytes per chunk: at each this thread and the one of libuv's pool that makes it wait for each other. */
export const PLAIN_CHUNK_BYTES = 1024 * 1024;

/**
 * Feeds `engine` with what `next` returns, until that is undefined, and yields what it makes of it; returns the bytes of
 * the last input that it left over because its format ended before them. The engine works on one chunk ahead in libuv's
 * thread pool while the receiver works on the previous one, and holds no more than that. It is closed in every case.
 * Throws what `next` throws and the engine's own errors.
 */
export async function* through(
  engine: Engine,
  next: () => Promise<Uint8Array | undefined>,
): AsyncGenerator<Uint8Array, Uint8Array> {
  const closed = new Promise<void>((resolve) => engine.once('close', resolve));
  let last: Uint8Array = new Uint8Array(0);
  let fed = 0;
  const isClosed = (): boolean => engine.destroyed;

  async function feed(): Promise<void> {
    for (;;) {
      const chunk = await next();
      if (isClosed()) return;
      if (chunk === undefined) break;
      last = chunk;
      fed += chunk.length;
      const taken = new Promise<void>((resolve) => {
        engine.write(chunk, () => {
          resolve();
        });
      });
      // Versions of Node differ in whether the chunk that the format ends in is ever reported as written.
      await Promise.race([taken, closed]);
      if (isClosed() || engine.bytesWritten < fed) return;
    }
    engine.end();
  }

  feed().catch((thrown: unknown) => {
    engine.destroy(thrown instanceof Error ? thrown : new Error(String(thrown)));
  });
  try {
    const output: AsyncIterable<Uint8Array> = engine;
    yield* output;
    return last.subarray(last.length - (fed - engine.bytesWritten));
  } finally {
    engine.destroy();
  }
}

/** Returns the `code` of an error that is not ours; '' when it has none or is ours. */
export function engineErrorCode(thrown: unknown): string {
  if (thrown instanceof StrataError || !(thrown instanceof Error)) return '';
  return 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
}
