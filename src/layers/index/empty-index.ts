import { createAnomalyLog } from '../../model/anomaly.js';
import { type Digest, parseDigest } from '../../model/digest.js';
import { createIndexBuilder } from './build-index.js';
import type { LayerIndex } from './layer-index.js';

/** DiffID of a tar of no members: two zero blocks. */
const EMPTY_LAYER = parseDigest('sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef');

/** Returns an index without entries, for a layer whose bytes are not here. */
export function emptyIndex(diffID: Digest = EMPTY_LAYER): LayerIndex {
  return createIndexBuilder(createAnomalyLog()).finish({ diffID, plainBytes: 0 });
}
