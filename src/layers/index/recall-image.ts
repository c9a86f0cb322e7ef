import type { Image } from '../../model/image.js';
import { identify } from '../../store/seen.js';
import type { Store } from '../../store/store.js';
import { emptyIndex } from './empty-index.js';
import { recallRange } from './kept-facts.js';
import type { LayerIndex } from './layer-index.js';

/**
 * Returns the indexes of all layers of an image that was read before, base first, without reading a byte of any layer;
 * undefined when one of them would have to be read.
 */
export async function recallImage(image: Image, store: Store): Promise<readonly LayerIndex[] | undefined> {
  const indexes: LayerIndex[] = [];
  for (const { content, diffID } of image.layers) {
    if (content.kind === 'directory') return undefined;
    const identity = content.kind === 'blob' ? identify(content.range) : undefined;
    const index =
      content.kind === 'absent'
        ? emptyIndex(diffID)
        : identity === undefined
          ? undefined
          : await recallRange(store, identity, content.compression);
    if (index === undefined) return undefined;
    indexes.push(index);
  }
  return indexes;
}
