import { readDerived, writeDerived } from '../../store/derived.js';
import type { Store } from '../../store/store.js';
import type { LayerIndex } from '../index/layer-index.js';
import { decodeUnion, encodeUnion, unionKey } from './union-file.js';
import type { Union } from './union.js';
import { unite } from './unite.js';

/** Below this many entries folding is as fast as reading a stored union. */
const WORTH_STORING = 200;

/** Returns the union of the layers, folded once per stack and kept in the store. */
export async function openUnion(layers: readonly LayerIndex[], store: Store): Promise<Union> {
  if (layers.reduce((sum, layer) => sum + layer.count, 0) < WORTH_STORING) return unite(layers);
  const key = unionKey(layers);
  const stored = await readDerived(store, 'union', key);
  if (stored !== undefined) return decodeUnion(stored, layers);
  const union = unite(layers);
  await writeDerived(store, 'union', key, encodeUnion(union));
  return union;
}
