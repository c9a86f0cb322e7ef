import { readDerived, writeDerived } from '../../store/derived.js';
import type { Store } from '../../store/store.js';
import { ofUnionKey } from '../union/union-file.js';
import type { Union } from '../union/union.js';
import { decodeClassified, encodeClassified } from './classified-file.js';
import { classifyBytes } from './classify-bytes.js';
import type { Classified } from './waste.js';

/** Below this many entries classifying is as fast as reading. */
const WORTH_STORING = 10_000;

/** Returns the bytes of the layers 1..n classified ({@link classifyBytes}), once per stack and snapshot and kept in the store. */
export async function openClassified(union: Union, n: number, store: Store): Promise<Classified> {
  const layers = union.layers.slice(0, n);
  if (layers.reduce((sum, layer) => sum + layer.count, 0) < WORTH_STORING) return classifyBytes(union, n);
  const key = ofUnionKey(layers);
  const stored = await readDerived(store, 'waste', key);
  if (stored !== undefined) return decodeClassified(stored, union, n);
  const classified = classifyBytes(union, n);
  await writeDerived(store, 'waste', key, encodeClassified(classified));
  return classified;
}
