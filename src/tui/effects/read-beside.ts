import { storedBytes } from '../../model/image.js';
import { joinStacks } from '../../layers/compare/join-stacks.js';
import { samePlaces } from '../../layers/compare/layer-sharing.js';
import type { LayerIndex } from '../../layers/index/layer-index.js';
import { unite } from '../../layers/union/unite.js';
import { createForest } from '../tree/file-tree.js';
import type { Action } from '../state/action.js';
import type { OtherImage } from './outside.js';
import { layerFacts } from './layer-facts.js';

/** Milliseconds between two words on how far reading is. */
const INTERVAL = 100;

/** Reads the second image and joins it with the first; what fails is told and leaves the first alone. */
export async function readBeside(
  first: readonly LayerIndex[],
  { image, read }: OtherImage,
  signal: AbortSignal,
  send: (action: Action) => void,
): Promise<Action> {
  const total = storedBytes(image.layers);
  let done = 0;
  const timer = setInterval(() => send({ type: 'loading', loading: { done, total } }), INTERVAL);
  try {
    const second = await read((count) => (done += count), signal);
    signal.throwIfAborted();
    const indexes = second.map(({ index }) => index);
    const ofFirst = samePlaces(first, indexes);
    const ofSecond = new Map([...ofFirst].map(([after, before]) => [before, after]));
    return {
      type: 'beside',
      read: {
        forest: createForest(joinStacks(first, indexes)),
        layers: layerFacts(second, unite(indexes)),
        shared: { first: ofSecond, second: ofFirst },
      },
    };
  } catch (thrown) {
    if (!signal.aborted) send({ type: 'beside', read: undefined });
    throw thrown;
  } finally {
    clearInterval(timer);
    send({ type: 'loading', loading: undefined });
  }
}
