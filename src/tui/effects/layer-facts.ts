import { countChanges } from '../../layers/changes/changes.js';
import type { IndexedLayer } from '../../layers/index/index-image.js';
import type { Union } from '../../layers/union/union.js';
import type { LayerFacts } from '../state/second-image.js';

/** Returns what is known of each layer that was read, base first. */
export function layerFacts(layers: readonly IndexedLayer[], union: Union): LayerFacts[] {
  const counts = countChanges(union);
  return layers.map(({ facts, layer, index }, i) => ({
    storedBytes: facts?.storedBytes ?? layer.size,
    plainBytes: index.plainBytes,
    entries: index.count,
    added: counts[i].added,
    modified: counts[i].replaced + counts[i].metadata,
    removed: counts[i].removed,
  }));
}
