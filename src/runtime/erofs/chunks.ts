import { ADDRESS_BYTES, BLOCK } from './format.js';

/** A file in equal chunks, each of which is data or a hole. */
export interface Chunks {
  /** A chunk has 2 to the power of this blocks. */
  readonly bits: number;
  readonly count: number;
}

/** What the format has bits for. */
const MOST_BITS = 31;

/**
 * Returns the largest chunks that no fragment begins or ends within, or undefined when there are none: then a fragment
 * does not begin at a block of the file or of the archive. `fragments` are pairs of offset and length.
 */
export function chunksOf(fragments: readonly number[], size: number): Chunks | undefined {
  let bits = MOST_BITS;
  let end = 0;
  for (let i = 0; i < fragments.length; i += 2) {
    const [start, length] = [fragments[i], fragments[i + 1]];
    if (length === 0) continue;
    if (start < end) return undefined;
    end = start + length;
    if (end > size) return undefined;
    while (bits >= 0 && (start % chunkBytes(bits) !== 0 || (end !== size && end % chunkBytes(bits) !== 0)))
      bits--;
  }
  return bits < 0 ? undefined : { bits, count: Math.ceil(size / chunkBytes(bits)) };
}

/** Writes where each chunk begins; the data of all fragments follow on each other from block `first`. */
export function encodeChunks(
  fragments: readonly number[],
  { bits, count }: Chunks,
  first: number,
  target: Buffer,
): void {
  // All ones is NO_BLOCK: a hole.
  target.fill(0xff);
  const blocks = 2 ** bits;
  let stored = 0;
  for (let i = 0; i < fragments.length; i += 2) {
    const [start, length] = [fragments[i], fragments[i + 1]];
    const chunk = start / chunkBytes(bits);
    for (let j = 0; j * chunkBytes(bits) < length && chunk + j < count; j++)
      target.writeUInt32LE(first + stored / BLOCK + j * blocks, (chunk + j) * ADDRESS_BYTES);
    stored += length;
  }
}

function chunkBytes(bits: number): number {
  return BLOCK * 2 ** bits;
}
