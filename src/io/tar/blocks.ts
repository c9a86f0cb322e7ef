import { BLOCK } from './format.js';

/** Takes one whole block, which begins at `at` of `bytes`; as 32-bit words at `word` of `words`, the same memory. */
export type UseBlock = (bytes: Uint8Array, at: number, words: Int32Array, word: number) => void;

/** Makes whole blocks of pieces of any size. */
export interface Blocks {
  /** Takes bytes of `chunk` from `at` on, at most to the end of a block, which `use` gets; returns how many. */
  take(chunk: Uint8Array, at: number, use: UseBlock): number;
  /** What is there of a block that is not whole yet. */
  pending(): Uint8Array;
}

/** Returns {@link Blocks} that copy only what comes in pieces or stands where it is no whole number of words. */
export function createBlocks(): Blocks {
  const block = new Uint8Array(BLOCK);
  const blockWords: Int32Array = new Int32Array(block.buffer);
  let filled = 0;
  /** The memory of the last chunk. */
  let words = blockWords;

  function wordsOf(buffer: ArrayBufferLike): Int32Array {
    if (words.buffer !== buffer) words = new Int32Array(buffer, 0, Math.floor(buffer.byteLength / 4));
    return words;
  }

  return {
    take(chunk, at, use) {
      const from = chunk.byteOffset + at;
      if (filled === 0 && chunk.length - at >= BLOCK && from % 4 === 0) {
        use(chunk, at, wordsOf(chunk.buffer), from / 4);
        return BLOCK;
      }
      const count = Math.min(BLOCK - filled, chunk.length - at);
      block.set(chunk.subarray(at, at + count), filled);
      filled += count;
      if (filled === BLOCK) {
        filled = 0;
        use(block, 0, blockWords, 0);
      }
      return count;
    },

    pending: () => block.subarray(0, filled),
  };
}
