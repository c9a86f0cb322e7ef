import { hashBlob } from '../../io/blob.js';
import { type Digest, digestAlgorithm } from '../../model/digest.js';
import { StrataError } from '../../model/error.js';

/**
 * Returns whether the first `size` bytes of a file have the digest: one that was damaged where it lies is to be written
 * again, like one that cannot be read. Throws E_INTERRUPTED.
 */
export async function isWhole(
  file: string,
  { digest, size }: { readonly digest: Digest; readonly size: number },
  signal?: AbortSignal,
): Promise<boolean> {
  const range = { path: file, offset: 0, length: size };
  try {
    return (await hashBlob(range, { algorithm: digestAlgorithm(digest), signal })) === digest;
  } catch (thrown) {
    if (thrown instanceof StrataError && thrown.code === 'E_INTERRUPTED') throw thrown;
    return false;
  }
}
