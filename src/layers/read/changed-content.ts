import { fail } from '../../model/error.js';
import { entryAt, type LayerIndex } from '../index/layer-index.js';

/** Throws E_DIGEST_MISMATCH for a file whose bytes are not those that were indexed. */
export function failChanged(index: LayerIndex, row: number): never {
  return failRead(entryAt(index, row).path);
}

/** Throws the same for whatever was read. */
export function failRead(what: string): never {
  return fail('E_DIGEST_MISMATCH', `reading ${what}: its bytes are not those that were indexed`, {
    hint: 'the image file changed while it was read; run the command again',
  });
}
