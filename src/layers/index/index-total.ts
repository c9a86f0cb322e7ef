import { fail } from '../../model/error.js';
import { limitHint, type Limits } from '../../model/limits.js';
import { bytesOfIndex, type LayerIndex } from './layer-index.js';

/** Returns a check to pass every index through, which throws E_LIMIT for the one that is too much. */
export function createIndexTotal({
  imageIndexBytes,
}: Limits): <T extends { readonly index: LayerIndex }>(result: T) => T {
  let bytes = 0;
  return (result) => {
    bytes += bytesOfIndex(result.index);
    if (bytes > imageIndexBytes)
      fail('E_LIMIT', `indexing: the entries of all layers take more than ${String(imageIndexBytes)} bytes`, {
        hint: limitHint('imageIndexBytes'),
      });
    return result;
  };
}
