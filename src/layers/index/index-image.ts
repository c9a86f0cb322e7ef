import { availableParallelism } from 'node:os';
import type { Anomaly } from '../../model/anomaly.js';
import type { ByteRange } from '../../model/byte-range.js';
import { fail, StrataError } from '../../model/error.js';
import { type Compression, type Image, type Layer, storedBytes } from '../../model/image.js';
import type { Limits } from '../../model/limits.js';
import { beginPlainLayer, namesPlainLayer, type PendingPlain } from '../../store/plain-layers.js';
import { identify } from '../../store/seen.js';
import type { Store } from '../../store/store.js';
import { emptyIndex } from './empty-index.js';
import { indexDirectory } from './index-directory.js';
import type { BlobFacts } from './index-layer.js';
import { keepIndex, keepSeen, metFacts, seenFacts, storedIndex } from './kept-facts.js';
import { createIndexTotal } from './index-total.js';
import type { LayerIndex } from './layer-index.js';
import { keepsPromises } from './kept-promises.js';
import { createLayerReaders, type LayerReaders, type ReadLayer, type ReadOptions } from './layer-readers.js';

/** A layer with what was learned by reading it. */
export interface IndexedLayer {
  readonly layer: Layer;
  readonly index: LayerIndex;
  /** Undefined for a directory of the host and for a layer that is not here. */
  readonly facts: BlobFacts | undefined;
  /** Oddities of the blob; those of its members are in the index, those of the stack in the union. */
  readonly anomalies: readonly Anomaly[];
}

/** Which plain tars are worth keeping. One that cannot be kept is left out without a word: what needs it makes it. */
export interface KeptPlain {
  /** Position of the last layer. */
  readonly top: number;
  /** Whether they must survive a power loss. */
  readonly durable: boolean;
}

export interface IndexOptions {
  readonly store: Store;
  readonly limits: Limits;
  readonly signal?: AbortSignal | undefined;
  /** Threads at most; default: the processors, up to 4. */
  readonly threads?: number;
  /** Read every byte again whatever is known: for `verify`. */
  readonly fresh?: boolean;
  /** Plain tars to put into the store beside what is read anyway, for who will mount a snapshot. */
  readonly keepPlain?: KeptPlain | undefined;
  /** Called when bytes of a layer still have to be read, before the first is. */
  readonly onBegin?: (layer: Layer, storedBytes: number) => void;
  readonly onBytes?: (layer: Layer, count: number) => void;
  readonly onEnd?: (layer: Layer) => void;
  /** Called with each layer as soon as it is indexed. */
  readonly onIndexed?: (indexed: IndexedLayer) => void;
  /** Called with the error of a layer as soon as it is known. */
  readonly onError?: (error: unknown) => void;
}

/** More threads than this cost more memory than they save time. */
const MOST_THREADS = 4;
/** Stored bytes of a blob that is worth starting another thread for. */
const DIGESTED_BESIDE = 16 * 1024 * 1024;

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
  const shared = new Map<string, Promise<Omit<IndexedLayer, 'layer'>>>();
  const indexed = new Map<Layer, Promise<Omit<IndexedLayer, 'layer'>>>();
  // The largest first: a small one fits beside it, the other way round it would run alone at the end.
  for (const layer of [...image.layers].sort((a, b) => (b.size ?? 0) - (a.size ?? 0))) {
    const key = keyOf(layer);
    const work = shared.get(key) ?? indexOne(layer, options, readers, share).then(total);
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

async function indexOne(
  layer: Layer,
  options: IndexOptions,
  readers: LayerReaders,
  share: number,
): Promise<Omit<IndexedLayer, 'layer'>> {
  const { content } = layer;
  if (content.kind === 'absent') return { index: emptyIndex(layer.diffID), facts: undefined, anomalies: [] };
  if (content.kind === 'directory') {
    const index = await indexDirectory(content.path, options);
    return { index, facts: undefined, anomalies: [] };
  }
  const known =
    options.fresh === true
      ? undefined
      : await recall(layer, content.range, content.compression, options, readers);
  const { facts, index } =
    known ?? (await read(layer, content.range, content.compression, options, readers, share));
  return { facts, index, anomalies: facts.anomalies };
}

/** What the store knows of these very bytes; undefined when they have to be read. */
async function recall(
  layer: Layer,
  range: ByteRange,
  compression: Compression,
  options: IndexOptions,
  readers: LayerReaders,
): Promise<{ facts: BlobFacts; index: LayerIndex } | undefined> {
  const { store } = options;
  const identity = await identify(range);
  const seen = identity === undefined ? undefined : await seenFacts(store, identity);
  if (seen?.compression === compression) {
    if (!keepsPromises(layer, seen)) return undefined;
    const index = await storedIndex(store, seen.diffID);
    return index === undefined ? undefined : { facts: seen, index };
  }
  // Met before in another file: then its stored bytes need hashing, but neither decompressing nor indexing.
  const promised = layer.digest ?? (compression === 'none' ? layer.diffID : undefined);
  if (promised === undefined) return undefined;
  const facts = await metFacts(store, promised);
  if (facts?.compression !== compression || facts.storedBytes !== range.length) return undefined;
  const index = await storedIndex(store, facts.diffID);
  if (index === undefined) return undefined;
  options.onBegin?.(layer, range.length);
  const digest = await readers.digest(range, readOptions(layer, options));
  options.onEnd?.(layer);
  if (digest !== facts.digest) return undefined;
  if (!keepsPromises(layer, facts)) return undefined;
  await keepSeen(store, identity, facts);
  return { facts, index };
}

async function read(
  layer: Layer,
  range: ByteRange,
  compression: Compression,
  options: IndexOptions,
  readers: LayerReaders,
  share: number,
): Promise<{ facts: BlobFacts; index: LayerIndex }> {
  const { store, limits } = options;
  const identity = await identify(range);
  options.onBegin?.(layer, range.length);
  const { digest, diffID } = layer;
  const plain = await pendingPlain(layer, options);
  // More than one thread's share of the bytes: the others would wait for it.
  const digestBeside = range.length > Math.max(share, DIGESTED_BESIDE);
  const job = { range, compression, digest, diffID, limits, copyTo: plain?.file, digestBeside };
  let done: ReadLayer;
  try {
    done = await readers
      .index(job, readOptions(layer, options))
      .catch((thrown: unknown) => failLayer(layer, thrown));
    if (done.copied) await plain?.publish(done.facts.diffID).catch(() => undefined);
  } finally {
    await plain?.discard();
  }
  const { facts, index, file } = done;
  options.onEnd?.(layer);
  await keepIndex(store, facts, file, identity);
  return { facts, index };
}

/** Returns where the plain tar of a layer is to be written; undefined where it is not wanted or cannot be. */
async function pendingPlain(
  { position, diffID }: Layer,
  { store, keepPlain }: IndexOptions,
): Promise<PendingPlain | undefined> {
  if (keepPlain === undefined || position > keepPlain.top) return undefined;
  if (diffID !== undefined && namesPlainLayer(store, diffID)) return undefined;
  return beginPlainLayer(store, keepPlain.durable).catch(() => undefined);
}

/** Throws the same error, naming the layer. */
function failLayer(layer: Layer, thrown: unknown): never {
  if (!(thrown instanceof StrataError) || thrown.code === 'E_INTERRUPTED') throw thrown;
  const { code, message, hint } = thrown;
  return fail(code, `layer ${String(layer.position)}: ${message}`, {
    ...(hint === undefined ? {} : { hint }),
    cause: thrown,
  });
}

function readOptions(layer: Layer, options: IndexOptions): ReadOptions {
  return { signal: options.signal, onReport: (count) => options.onBytes?.(layer, count) };
}
