import { createHash, hash, type Hash } from 'node:crypto';

/** Digests the logical content of one file after another, as their stored bytes come by. */
export interface ContentHasher {
  /** A file begins. `fragments` are pairs offset, length of a sparse file. */
  begin(size: number, storedSize: number, fragments: readonly number[] | undefined): void;
  data(chunk: Uint8Array): void;
  /** Returns 1 + index of the file's digest, or 0 when it is not digested. */
  end(): number;
  /** All digests, 32 bytes each. */
  finish(): Uint8Array;
}

/** A sparse file is digested when expanding it costs at most this many zeros, or little against what is stored. */
const SPARSE_ALWAYS = 1024 ** 3;
const SPARSE_FACTOR = 16;
const ZEROS = new Uint8Array(256 * 1024);

/** True when a sparse file is small enough to be digested expanded. */
export function digestsSparse(size: number, storedSize: number): boolean {
  return size <= SPARSE_ALWAYS || size <= storedSize * SPARSE_FACTOR;
}

export function createContentHasher(): ContentHasher {
  let digests = new Uint8Array(32 * 1024);
  let count = 0;
  let size = 0;
  let left = 0;
  let running: Hash | undefined;
  let last: Buffer | undefined;
  let fragments: readonly number[] | undefined;
  let fragment = 0;
  let position = 0;

  const keep = (digest: Uint8Array): number => {
    if ((count + 1) * 32 > digests.length) {
      const larger = new Uint8Array(Math.ceil((digests.length * 1.6) / 32) * 32);
      larger.set(digests);
      digests = larger;
    }
    digests.set(digest, count * 32);
    return ++count;
  };
  const zeros = (length: number): void => {
    for (let rest = length; rest > 0; rest -= ZEROS.length)
      running?.update(rest < ZEROS.length ? ZEROS.subarray(0, rest) : ZEROS);
    position += length;
  };
  const sparseData = (chunk: Uint8Array, list: readonly number[]): void => {
    for (let used = 0; used < chunk.length;) {
      while (fragment < list.length && position >= list[fragment] + list[fragment + 1]) fragment += 2;
      if (fragment >= list.length) return;
      if (position < list[fragment]) zeros(list[fragment] - position);
      const part = Math.min(chunk.length - used, list[fragment] + list[fragment + 1] - position);
      running?.update(chunk.subarray(used, used + part));
      position += part;
      used += part;
    }
  };

  return {
    begin(logical, storedSize, sparse) {
      size = logical;
      left = storedSize;
      last = undefined;
      fragments = sparse;
      fragment = 0;
      position = 0;
      running = sparse !== undefined && digestsSparse(logical, storedSize) ? createHash('sha256') : undefined;
    },
    data(chunk) {
      if (fragments !== undefined) {
        if (running !== undefined) sparseData(chunk, fragments);
        return;
      }
      // A file that lies whole in one chunk is the common case: one call into OpenSSL, no stream object.
      if (running === undefined && chunk.length === left) last = hash('sha256', chunk, 'buffer');
      else (running ??= createHash('sha256')).update(chunk);
      left -= chunk.length;
    },
    end() {
      if (fragments !== undefined) {
        if (running === undefined) return 0;
        zeros(size - position);
      }
      const digest = last ?? running?.digest();
      return digest === undefined ? 0 : keep(digest);
    },
    finish: () => digests.slice(0, count * 32),
  };
}
