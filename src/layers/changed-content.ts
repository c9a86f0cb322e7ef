import { fail } from '../model/error.js';
import { entryAt, type LayerIndex } from './layer-index.js';

/** Throws E_DIGEST_MISMATCH for a file whose bytes are not those that were indexed. */
export function failChanged(index: LayerIndex, row: number): never {
  return fail(
    'E_DIGEST_MISMATCH',
    `reading ${entryAt(index, row).path}: its bytes are not those that were indexed`,
    {
      hint: 'the image file changed while it was read; run the command again',
    },
  );
}
