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
const PLACE = 8;
const ZEROS = Buffer.alloc(BLOCK);

export function createDataHasher(): DataHasher {
  const hash = createHash('sha256');
  const record = Buffer.alloc(PLACE + BLOCK);
  const content = record.subarray(PLACE);
  let block = 0;

  const take = (): void => {
    if (content.equals(ZEROS)) return;
    record.writeDoubleLE(block);
    hash.update(record);
    content.fill(0);
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
        used += part.length;
      }
    },
    end(size) {
      take();
      record.writeDoubleLE(size);
      return hash.update(record.subarray(0, PLACE)).digest('hex');
    },
  };
}
