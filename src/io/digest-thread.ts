import { Worker } from 'node:worker_threads';
import { StrataError } from '../model/error.js';
import type { DigestPiece, DigestReply } from './digest-worker.js';
import { workerFile } from './pool.js';
import type { StreamHasher } from './verify.js';

/** Digests streams in a thread of its own, while the thread that reads them goes on with their bytes. */
export interface DigestThread {
  /** Returns a running digest. Both its methods reject with E_INTERNAL when the thread has ended. */
  readonly hasher: (algorithm: DigestPiece['algorithm']) => StreamHasher;
  /** Resolves when the thread has ended. */
  readonly close: () => Promise<void>;
}

/** Several chunks of a reader: to hand over a block takes as long as to digest a part of it. */
const BLOCK_BYTES = 1024 * 1024;
/** 8 MiB: about what is read while the thread starts. */
const BLOCKS = 8;

/** Returns a thread that starts at once; it keeps the process alive until it is closed. */
export function createDigestThread(): DigestThread {
  const worker = new Worker(workerFile(import.meta.url, 'digest-worker.js'));
  const spare: Uint8Array[] = [];
  let made = 0;
  let streams = 0;
  let failure: StrataError | undefined;
  /** What waits for the replies to come, in their order. */
  const waiting: ((reply: DigestReply) => void)[] = [];
  /** Wakes those that look again whether they can go on. */
  let changed: (() => void)[] = [];

  const wake = (): void => {
    const all = changed;
    changed = [];
    for (const one of all) one();
  };
  const until = async (isReady: () => boolean): Promise<void> => {
    while (failure === undefined && !isReady()) await new Promise<void>((resolve) => changed.push(resolve));
    if (failure !== undefined) throw failure;
  };
  const end = (cause?: Error): void => {
    failure ??= new StrataError('E_INTERNAL', `digesting in a thread: ${cause?.message ?? 'it ended'}`, {
      cause,
    });
    wake();
  };
  worker.on('error', end);
  worker.once('exit', () => {
    end();
  });
  worker.on('message', (reply: DigestReply) => {
    waiting.shift()?.(reply);
    wake();
  });

  const post = (piece: DigestPiece, then: (reply: DigestReply) => void): void => {
    waiting.push(then);
    worker.postMessage(piece);
  };
  const takeBlock = (): Uint8Array | undefined => {
    if (spare.length > 0 || made === BLOCKS) return spare.pop();
    made++;
    return new Uint8Array(new SharedArrayBuffer(BLOCK_BYTES));
  };
  const freeBlock = async (): Promise<Uint8Array> => {
    for (;;) {
      if (failure !== undefined) throw failure;
      // Another stream that waited for the same reply may have taken it.
      const block = takeBlock();
      if (block !== undefined) return block;
      await until(() => spare.length > 0);
    }
  };

  const createStream = (algorithm: DigestPiece['algorithm']): StreamHasher => {
    const stream = streams++;
    let open: Uint8Array | undefined;
    let filled = 0;
    const give = (block: Uint8Array, part: Uint8Array): void => {
      block.set(part, filled);
      filled += part.length;
      open = block;
      if (filled === BLOCK_BYTES) send(block);
    };
    const send = (block: Uint8Array): void => {
      post({ stream, algorithm, bytes: block.subarray(0, filled) }, () => spare.push(block));
      open = undefined;
      filled = 0;
    };
    const giveAll = async (chunk: Uint8Array): Promise<void> => {
      if (failure !== undefined) throw failure;
      for (let at = 0; at < chunk.length;) {
        const block = open ?? (await freeBlock());
        const part = chunk.subarray(at, at + BLOCK_BYTES - filled);
        give(block, part);
        at += part.length;
      }
    };
    return {
      update(chunk) {
        const fits = chunk.length <= BLOCK_BYTES - filled && failure === undefined;
        const block = fits ? (open ?? takeBlock()) : undefined;
        if (block === undefined) return giveAll(chunk);
        give(block, chunk);
        return undefined;
      },
      async digest() {
        if (open !== undefined) send(open);
        let digest: DigestReply;
        post({ stream, algorithm }, (reply) => (digest = reply));
        await until(() => digest !== undefined);
        return digest as NonNullable<DigestReply>;
      },
    };
  };

  return {
    hasher: createStream,
    async close() {
      await worker.terminate();
    },
  };
}
