import { createHash } from 'node:crypto';

/**
 * Digests the data of one file, where they are, and its size, its zeros left out: two contents have the same digest
 * exactly when they are equal, however they were cut into fragments and holes. It takes time for data alone, so that a
 * file of many terabytes of holes has one.
 */
export interface DataHasher {
  /** Bytes at `position`, which never goes back. What lies between is zeros. */
  readonly data: (position: number, bytes: Uint8Array) => void;
  /** Returns the digest of a file of `size` bytes as hex; nothing may follow. */
  readonly end: (size: number) => string;
}

const BLOCK = 4096;
/** Place and length, 8 bytes each. */
const HEAD = 16;

export function createDataHasher(): DataHasher {
  const hash = createHash('sha256');
  const record = Buffer.alloc(HEAD + BLOCK);
  const content = record.subarray(HEAD);
  let block = 0;
  // What was put into the block: a million fragments of one byte must not cost a million blocks.
  let low = BLOCK;
  let high = 0;

  const take = (): void => {
    if (high === 0) return;
    let [first, end] = [low, high];
    while (first < end && content[first] === 0) first++;
    while (end > first && content[end - 1] === 0) end--;
    if (first < end) {
      // Right before the data, over zeros.
      record.writeDoubleLE(block * BLOCK + first, first);
      record.writeDoubleLE(end - first, first + HEAD / 2);
      hash.update(record.subarray(first, HEAD + end));
    }
    record.fill(0, low, HEAD + high);
    low = BLOCK;
    high = 0;
  };

  return {
    data(position, bytes) {
      for (let used = 0; used < bytes.length;) {
        const here = Math.floor((position + used) / BLOCK);
        if (here !== block) take();
        block = here;
        const begin = position + used - here * BLOCK;
        const part = bytes.subarray(used, used + BLOCK - begin);
        content.set(part, begin);
        low = Math.min(low, begin);
        high = begin + part.length;
        used += part.length;
      }
    },
    end(size) {
      take();
      record.writeDoubleLE(size);
      return hash.update(record.subarray(0, HEAD / 2)).digest('hex');
    },
  };
}
