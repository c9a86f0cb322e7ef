import { digestAlgorithm } from '../../model/digest.js';
import { fail } from '../../model/error.js';
import type { Layer } from '../../model/image.js';
import type { BlobFacts } from './index-layer.js';

/**
 * What the manifest and config promise must be what the bytes are, also when those were hashed another day. Returns
 * false when the promise is in another algorithm than what is known, so that only reading can tell.
 */
export function keepsPromises(layer: Layer, facts: BlobFacts): boolean {
  const where = `reading layer ${String(layer.position)}`;
  let known = true;
  for (const [promised, found, what] of [
    [layer.digest, facts.digest, 'its bytes have'],
    [layer.diffID, facts.diffID, 'its tar has'],
  ] as const) {
    if (promised === undefined || promised === found) continue;
    if (digestAlgorithm(promised) === digestAlgorithm(found))
      fail('E_DIGEST_MISMATCH', `${where}: ${what} digest ${found}, the image promises ${promised}`);
    known = false;
  }
  return known;
}
