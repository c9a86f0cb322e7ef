/** Enough that the cost per chunk vanishes in all that a chunk goes through after its decoder. */
const LEAST_BYTES = 64 * 1024;

/**
 * Joins small chunks to ones of 64 KiB: a stream may be made of a million blocks or members of one byte each, and what
 * comes behind the decoder should pay for bytes alone. Larger chunks pass as they are, uncopied, after what was held, so
 * that at most every other chunk is small. Each chunk is the receiver's own. What came before an error is handed out
 * before it.
 */
export async function* coalesced(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  let held: Uint8Array | undefined;
  let used = 0;
  const flush = (): Uint8Array | undefined => {
    const chunk = held?.subarray(0, used);
    held = undefined;
    used = 0;
    return chunk;
  };
  try {
    for await (const chunk of source) {
      if (chunk.length >= LEAST_BYTES) {
        const before = flush();
        if (before !== undefined) yield before;
        yield chunk;
        continue;
      }
      for (let taken = 0; taken < chunk.length;) {
        held ??= new Uint8Array(LEAST_BYTES);
        const part = Math.min(chunk.length - taken, LEAST_BYTES - used);
        held.set(part === chunk.length ? chunk : chunk.subarray(taken, taken + part), used);
        taken += part;
        used += part;
        if (used === LEAST_BYTES) {
          yield held;
          held = undefined;
          used = 0;
        }
      }
    }
  } catch (thrown) {
    const before = flush();
    if (before !== undefined) yield before;
    throw thrown;
  }
  const last = flush();
  if (last !== undefined) yield last;
}
