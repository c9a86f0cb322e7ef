import { createHash } from 'node:crypto';
import { type Digest, digestAlgorithm, parseDigest } from '../model/digest.js';
import { fail } from '../model/error.js';

export interface Hasher {
  update(bytes: Uint8Array): void;
  /** The digest of all bytes so far; once. */
  digest(): Digest;
}

/** Returns a running SHA-256 or SHA-512. */
export function createHasher(algorithm: 'sha256' | 'sha512' = 'sha256'): Hasher {
  const hash = createHash(algorithm);
  return {
    update(bytes) {
      hash.update(bytes);
    },
    digest: () => parseDigest(`${algorithm}:${hash.digest('hex')}`),
  };
}

/** A {@link Hasher} that may work elsewhere: what it returns is to be awaited before the next call. */
export interface StreamHasher {
  /** The bytes are the caller's again when it has returned. Undefined: more may come at once. */
  update(bytes: Uint8Array): Promise<void> | undefined;
  digest(): Promise<Digest>;
}

function inThisThread(algorithm: 'sha256' | 'sha512'): StreamHasher {
  const hasher = createHasher(algorithm);
  return {
    update(bytes) {
      hasher.update(bytes);
      return undefined;
    },
    digest: () => Promise.resolve(hasher.digest()),
  };
}

/** What was promised of a stream; what is undefined was not. */
export interface Promised {
  readonly digest?: Digest | undefined;
  /** Bytes. */
  readonly size?: number | undefined;
  /** What the stream is, for the error: `layer blob '/x/y'`. */
  readonly what: string;
  /** Makes what digests the stream; in this thread unless given. */
  readonly hasher?: ((algorithm: 'sha256' | 'sha512') => StreamHasher) | undefined;
}

/** What a stream turned out to be. */
export interface Seal {
  /** In the algorithm of the promised digest, else SHA-256. */
  readonly digest: Digest;
  readonly bytes: number;
}

/**
 * Passes every chunk on and calls `onEnd` with what the whole was, once it is known to be as promised. Fails at the end
 * with E_SIZE_MISMATCH or E_DIGEST_MISMATCH; a chunk that makes the stream too long is not passed on. Stopping early
 * verifies nothing. (umoci's VerifiedReadCloser.)
 */
export async function* verified(
  source: AsyncIterable<Uint8Array>,
  promised: Promised,
  onEnd?: (seal: Seal) => void,
): AsyncGenerator<Uint8Array, void> {
  const { digest: expected, size, what, hasher: create = inThisThread } = promised;
  const hasher = create(expected === undefined ? 'sha256' : digestAlgorithm(expected));
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (size !== undefined && bytes > size)
      fail('E_SIZE_MISMATCH', `verifying ${what}: it has more than the ${size} bytes promised for it`);
    const taken = hasher.update(chunk);
    if (taken !== undefined) await taken;
    yield chunk;
  }
  if (size !== undefined && bytes !== size)
    fail('E_SIZE_MISMATCH', `verifying ${what}: it has ${bytes} bytes, not the ${size} promised for it`);
  const digest = await hasher.digest();
  if (expected !== undefined && digest !== expected) failDigest(what, digest, expected);
  onEnd?.({ digest, bytes });
}

/** Throws E_DIGEST_MISMATCH for `what`. */
export function failDigest(what: string, found: Digest, expected: Digest): never {
  return fail('E_DIGEST_MISMATCH', `verifying ${what}: its digest is ${found}, not ${expected} as promised`);
}
