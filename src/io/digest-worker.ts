import { parentPort } from 'node:worker_threads';
import type { Digest } from '../model/digest.js';
import { createHasher, type Hasher } from './verify.js';

/** The next bytes of a stream, in their order; without any the stream has ended, and the reply is its digest. */
export interface DigestPiece {
  readonly stream: number;
  readonly algorithm: 'sha256' | 'sha512';
  readonly bytes?: Uint8Array;
}

/** Sent for every piece, in the order of the pieces. */
export type DigestReply = Digest | undefined;

const streams = new Map<number, Hasher>();

parentPort?.on('message', ({ stream, algorithm, bytes }: DigestPiece) => {
  const hasher = streams.get(stream) ?? createHasher(algorithm);
  streams.set(stream, hasher);
  let reply: DigestReply;
  if (bytes === undefined) {
    streams.delete(stream);
    reply = hasher.digest();
  } else hasher.update(bytes);
  parentPort?.postMessage(reply);
});
