import { availableParallelism } from 'node:os';
import { fail } from '../../model/error.js';
import { type Image, type Layer, storedBytes } from '../../model/image.js';
import { createIndexTotal } from './index-total.js';
import { createLayerReaders } from './layer-readers.js';
import { learnLayer, type LearnedLayer, type LearnOptions } from './learn-layer.js';
import { createTurns } from './turns.js';

/** A layer with what was learned by reading it. */
export interface IndexedLayer extends LearnedLayer {
  readonly layer: Layer;
}

export interface IndexOptions extends LearnOptions {
  /** Threads at most; default: the processors, up to 4. */
  readonly threads?: number;
  /** The base is read before all others, for who shows the stack from there up while the rest is read. */
  readonly baseFirst?: boolean | undefined;
  /** Called with each layer as soon as it is indexed. */
  readonly onIndexed?: (indexed: IndexedLayer) => void;
  /** Called with the error of a layer as soon as it is known. */
  readonly onError?: (error: unknown) => void;
}

/** More threads than this cost more memory than they save time. */
const MOST_THREADS = 4;

/**
 * Returns the layers of an image indexed, base first, from the store where the very bytes were indexed before. A layer
 * that is not here gets an empty index. Rejects with the first layer's error; no thread is left behind.
 */
export async function indexImage(image: Image, options: IndexOptions): Promise<IndexedLayer[]> {
  const stop = new AbortController();
  let first: { readonly error: unknown } | undefined;
  const onError = (error: unknown): void => {
    // The others end with E_INTERRUPTED because of this one.
    first ??= { error };
    stop.abort();
  };
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([stop.signal, options.signal]);
  const results = await indexLayers(image, { ...options, signal, onError });
  return results.map((result) => {
    if (first !== undefined) throw first.error;
    if ('error' in result) throw result.error;
    return result;
  });
}

/** The same with each layer's own failure, for `verify`. */
export async function indexLayers(
  image: Image,
  options: IndexOptions,
): Promise<(IndexedLayer | { readonly layer: Layer; readonly error: unknown })[]> {
  const threads = options.threads ?? Math.min(availableParallelism(), MOST_THREADS);
  const readers = createLayerReaders(threads);
  const share = threadShare(image, threads);
  const total = createIndexTotal(options.limits);
  // The same blob twice in one image (an empty layer) is read once.
  const shared = new Map<string, Promise<LearnedLayer>>();
  const indexed = new Map<Layer, Promise<LearnedLayer>>();
  const nextTurn = createTurns();
  for (const layer of readingOrder(image, options)) {
    const key = keyOf(layer);
    const work =
      shared.get(key) ?? learnLayer(layer, options, { readers, share, turn: nextTurn() }).then(total);
    shared.set(key, work);
    indexed.set(layer, work);
  }
  try {
    return await Promise.all(
      image.layers.map(async (layer) => {
        try {
          const result = await (indexed.get(layer) ?? fail('E_INTERNAL', 'indexing: a layer got lost'));
          const one = { layer, ...result };
          options.onIndexed?.(one);
          return one;
        } catch (error) {
          options.onError?.(error);
          return { layer, error };
        }
      }),
    );
  } finally {
    await readers.close();
  }
}

/** The largest first: a small one fits beside it, the other way round it would run alone at the end. */
function readingOrder({ layers }: Image, { baseFirst = false }: IndexOptions): Layer[] {
  const sizeOf = ({ size, position }: Layer): number =>
    baseFirst && position === 1 ? Infinity : (size ?? 0);
  return [...layers].sort((a, b) => Math.sign(sizeOf(b) - sizeOf(a)) || 0);
}

/** Returns how many stored bytes a thread would read if all read equally many; infinite where there is but one. */
function threadShare({ layers }: Image, threads: number): number {
  return threads < 2 ? Infinity : storedBytes(layers) / threads;
}

function keyOf(layer: Layer): string {
  const { content } = layer;
  if (content.kind !== 'blob') return `${content.kind} ${String(layer.position)}`;
  const { path, offset, length } = content.range;
  return JSON.stringify([path, offset, length, content.compression, layer.digest, layer.diffID]);
}
