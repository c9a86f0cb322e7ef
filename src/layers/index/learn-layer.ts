import type { Anomaly } from '../../model/anomaly.js';
import type { ByteRange } from '../../model/byte-range.js';
import { fail, StrataError } from '../../model/error.js';
import type { Compression, Layer } from '../../model/image.js';
import type { Limits } from '../../model/limits.js';
import { beginPlainLayer, namesPlainLayer, type PendingPlain } from '../../store/plain-layers.js';
import { identify } from '../../store/seen.js';
import type { Store } from '../../store/store.js';
import { emptyIndex } from './empty-index.js';
import { indexDirectory } from './index-directory.js';
import type { BlobFacts } from './index-layer.js';
import { keepIndex, keepSeen, metFacts, seenFacts, storedIndex } from './kept-facts.js';
import { keepsPromises } from './kept-promises.js';
import type { LayerIndex } from './layer-index.js';
import type { LayerReaders, ReadLayer, ReadOptions } from './layer-readers.js';
import type { Turn } from './turns.js';

/** What was learned of a layer. */
export interface LearnedLayer {
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

export interface LearnOptions {
  readonly store: Store;
  readonly limits: Limits;
  readonly signal?: AbortSignal | undefined;
  /** Read every byte again whatever is known: for `verify`. */
  readonly fresh?: boolean;
  /** Plain tars to put into the store beside what is read anyway, for who will mount a snapshot. */
  readonly keepPlain?: KeptPlain | undefined;
  /** Called when bytes of a layer still have to be read, before the first is. */
  readonly onBegin?: (layer: Layer, storedBytes: number) => void;
  readonly onBytes?: (layer: Layer, count: number) => void;
  readonly onEnd?: (layer: Layer) => void;
}

/** Stored bytes of a blob that is worth starting another thread for. */
const DIGESTED_BESIDE = 16 * 1024 * 1024;

/** What reads a layer. */
export interface Reading {
  readonly readers: LayerReaders;
  /** Stored bytes that each thread would read if all read equally many. */
  readonly share: number;
  /** When it begins: what the store knows is looked up before. */
  readonly turn: Turn;
}

/**
 * Returns what is to be known of a layer, from the store where these very bytes were read before. Its turn has passed when
 * it settles. Rejects with what reading it throws, named by the layer.
 */
export async function learnLayer(
  layer: Layer,
  options: LearnOptions,
  reading: Reading,
): Promise<LearnedLayer> {
  try {
    return await indexContent(layer, options, reading);
  } finally {
    reading.turn.pass();
  }
}

async function indexContent(layer: Layer, options: LearnOptions, reading: Reading): Promise<LearnedLayer> {
  const { content } = layer;
  if (content.kind === 'absent') return { index: emptyIndex(layer.diffID), facts: undefined, anomalies: [] };
  if (content.kind === 'directory') {
    const index = await indexDirectory(content.path, options);
    return { index, facts: undefined, anomalies: [] };
  }
  const known =
    options.fresh === true
      ? undefined
      : await recall(layer, content.range, content.compression, options, reading);
  const { facts, index } = known ?? (await read(layer, content.range, content.compression, options, reading));
  return { facts, index, anomalies: facts.anomalies };
}

/** What the store knows of these very bytes; undefined when they have to be read. */
async function recall(
  layer: Layer,
  range: ByteRange,
  compression: Compression,
  options: LearnOptions,
  { readers, turn }: Reading,
): Promise<{ facts: BlobFacts; index: LayerIndex } | undefined> {
  const { store } = options;
  const identity = identify(range);
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
  await turn.come;
  options.onBegin?.(layer, range.length);
  const digesting = readers.digest(range, readOptions(layer, options));
  turn.pass();
  const digest = await digesting;
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
  options: LearnOptions,
  { readers, share, turn }: Reading,
): Promise<{ facts: BlobFacts; index: LayerIndex }> {
  const { store, limits } = options;
  const identity = identify(range);
  const { digest, diffID } = layer;
  const plain = await pendingPlain(layer, options);
  // More than one thread's share of the bytes: the others would wait for it.
  const digestBeside = range.length > Math.max(share, DIGESTED_BESIDE);
  const job = { range, compression, digest, diffID, limits, copyTo: plain?.file, digestBeside };
  let done: ReadLayer;
  try {
    await turn.come;
    options.onBegin?.(layer, range.length);
    const indexing = readers.index(job, readOptions(layer, options));
    turn.pass();
    done = await indexing.catch((thrown: unknown) => failLayer(layer, thrown));
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
  { store, keepPlain }: LearnOptions,
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

function readOptions(layer: Layer, options: LearnOptions): ReadOptions {
  return { signal: options.signal, onReport: (count) => options.onBytes?.(layer, count) };
}
