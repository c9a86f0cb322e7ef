import { createHash, hash, type Hash, webcrypto } from 'node:crypto';
import { monotonic } from '../../io/monotonic.js';
import { fail } from '../../model/error.js';
import { createDataHasher, type DataHasher } from './data-hasher.js';
import { grown } from './large-array.js';

/** Digests the logical content of one file after another, as their stored bytes come by. */
export interface ContentHasher {
  /** A file begins. `fragments` are pairs offset, length of a sparse file. Returns false when it will not be digested. */
  begin(size: number, storedSize: number, fragments: readonly number[] | undefined): boolean;
  data(chunk: Uint8Array): void;
  /** Returns 1 + index of the file's digest, or 0 when it is not digested. */
  end(): number;
  /** Returns, after {@link end}, what {@link DataHasher} makes of a sparse file; '' of any other. */
  dataDigest(): string;
  /** Resolves when few enough bytes wait to be digested that more may come; undefined when that is now. */
  readonly room: () => Promise<void> | undefined;
  /** Resolves when every digest is made. */
  readonly settled: () => Promise<void>;
  /** All digests, 32 bytes each; only after {@link settled}. */
  readonly finish: () => Uint8Array;
}

/**
 * Zeros that the holes of one layer's files are digested as: these, and so many for each byte of content stored up to
 * there. A file that would need more is not digested. It follows from the layer's bytes alone, so that equal layers have
 * equal indexes.
 */
const ZEROS_ALWAYS = 1024 ** 3;
const ZEROS_PER_BYTE = 16;
const ZEROS = new Uint8Array(256 * 1024);

/**
 * Files of this size may be digested in libuv's thread pool, beside the thread that reads the layer: smaller ones would
 * cost more to hand over than to digest, larger ones would have to be held whole.
 */
const POOLED_LEAST = 48 * 1024;
const POOLED_MOST = 8 * 1024 * 1024;
/** Bytes held for the thread pool at most, but for one file. */
const POOLED_WAITING = 24 * 1024 * 1024;

/** Bytes in a millisecond above which a file is digested sooner than it is handed over: with SHA instructions. */
const FAST = 700_000;

/** Others may have the processor during some of these. */
const TRIES = 4;

/** Whether this processor digests faster than {@link FAST}; tried once. */
function digestsFast(): boolean {
  if (fast !== undefined) return fast;
  fast = false;
  for (let i = 0; i < TRIES && !fast; i++) {
    const start = monotonic();
    hash('sha256', ZEROS, 'buffer');
    fast = ZEROS.length / (monotonic() - start) > FAST;
  }
  return fast;
}

let fast: boolean | undefined;

/** With `pools` files that are neither small nor large are digested in other threads; unless given, where this takes long. */
export function createContentHasher(pools?: boolean): ContentHasher {
  const slots = createSlots();
  const pooled = createPooledDigests(slots);
  let size = 0;
  let left = 0;
  let running: Hash | undefined;
  let inData: DataHasher | undefined;
  let slot = 0;
  let gathered: Uint8Array<ArrayBuffer> | undefined;
  let fragments: readonly number[] | undefined;
  let fragment = 0;
  let position = 0;
  let storedBytes = 0;
  let zeroBytes = 0;

  /** Takes what the holes need from what the layer may, when that is left. */
  const mayExpand = (list: readonly number[]): boolean => {
    let holes = size;
    for (let i = 1; i < list.length; i += 2) holes -= list[i];
    if (zeroBytes + holes > ZEROS_ALWAYS + ZEROS_PER_BYTE * storedBytes) return false;
    zeroBytes += holes;
    return true;
  };
  const zeros = (length: number): void => {
    position += length;
    if (running === undefined) return;
    for (let rest = length; rest > 0; rest -= ZEROS.length)
      running.update(rest < ZEROS.length ? ZEROS.subarray(0, rest) : ZEROS);
  };
  const sparseData = (chunk: Uint8Array, list: readonly number[]): void => {
    for (let used = 0; used < chunk.length;) {
      while (fragment < list.length && position >= list[fragment] + list[fragment + 1]) fragment += 2;
      if (fragment >= list.length) return;
      if (position < list[fragment]) zeros(list[fragment] - position);
      const part = Math.min(chunk.length - used, list[fragment] + list[fragment + 1] - position);
      const stored = chunk.subarray(used, used + part);
      running?.update(stored);
      inData?.data(position, stored);
      position += part;
      used += part;
    }
  };
  const wholeData = (chunk: Uint8Array): void => {
    if (size >= POOLED_LEAST && size <= POOLED_MOST && (pools ?? !digestsFast())) {
      gathered ??= new Uint8Array(size);
      gathered.set(chunk, size - left);
      if (chunk.length === left) slot = pooled.digest(gathered);
    } else if (running === undefined && chunk.length === left) {
      // A file that lies whole in one chunk is the common case: one call into OpenSSL, no stream object.
      slot = slots.add(hash('sha256', chunk, 'buffer'));
    } else (running ??= createHash('sha256')).update(chunk);
    left -= chunk.length;
  };

  return {
    begin(logical, storedSize, sparse) {
      size = logical;
      left = storedSize;
      slot = 0;
      gathered = undefined;
      fragments = sparse;
      fragment = 0;
      position = 0;
      storedBytes += storedSize;
      const digested = sparse === undefined || mayExpand(sparse);
      running = sparse !== undefined && digested ? createHash('sha256') : undefined;
      inData = sparse === undefined ? undefined : createDataHasher();
      return digested;
    },
    data(chunk) {
      if (fragments === undefined) wholeData(chunk);
      else sparseData(chunk, fragments);
    },
    end() {
      if (fragments !== undefined && running !== undefined) zeros(size - position);
      return running === undefined ? slot : slots.add(running.digest());
    },
    dataDigest: () => inData?.end(size) ?? '',
    room: pooled.room,
    settled: pooled.settled,
    finish() {
      pooled.mustBeSettled();
      return slots.finish();
    },
  };
}

interface Slots {
  /** Keeps a digest, or a place for one, and returns 1 + its index. */
  readonly add: (digest?: Uint8Array) => number;
  readonly set: (slot: number, digest: Uint8Array) => void;
  readonly finish: () => Uint8Array;
}

function createSlots(): Slots {
  let bytes = new Uint8Array(32 * 1024);
  let count = 0;
  return {
    add(digest) {
      if ((count + 1) * 32 > bytes.length) bytes = grown(bytes);
      if (digest !== undefined) bytes.set(digest, count * 32);
      return ++count;
    },
    set: (slot, digest) => {
      bytes.set(digest, (slot - 1) * 32);
    },
    finish: () => bytes.subarray(0, count * 32),
  };
}

interface PooledDigests {
  /** Begins to digest and returns the slot it will be in; the bytes must not change any more. */
  readonly digest: (content: Uint8Array<ArrayBuffer>) => number;
  readonly room: () => Promise<void> | undefined;
  readonly settled: () => Promise<void>;
  readonly mustBeSettled: () => void;
}

function createPooledDigests(slots: Slots): PooledDigests {
  let waiting = 0;
  let failure: unknown;
  let wake: (() => void) | undefined;
  const until = async (most: number): Promise<void> => {
    while (waiting > most && failure === undefined)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    if (failure !== undefined) throw failure as Error;
  };
  return {
    digest(content) {
      const slot = slots.add();
      waiting += content.length;
      webcrypto.subtle
        .digest('SHA-256', content)
        .then((digest) => {
          slots.set(slot, new Uint8Array(digest));
        })
        .catch((error: unknown) => {
          failure = error;
        })
        .finally(() => {
          waiting -= content.length;
          wake?.();
        });
      return slot;
    },
    room: () => (waiting > POOLED_WAITING ? until(POOLED_WAITING / 2) : undefined),
    settled: () => until(0),
    mustBeSettled() {
      if (waiting > 0) fail('E_INTERNAL', 'digesting contents: asked for digests that are not made yet');
    },
  };
}
