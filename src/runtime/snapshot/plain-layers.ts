import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { directoryTar } from '../../layers/index/directory-tar.js';
import type { IndexedLayer } from '../../layers/index/index-image.js';
import { createLayerReaders, type LayerReaders } from '../../layers/index/layer-readers.js';
import { openPlain } from '../../io/blob.js';
import { createAnomalyLog } from '../../model/anomaly.js';
import { type Digest, digestFromBytes } from '../../model/digest.js';
import { fail } from '../../model/error.js';
import type { Layer } from '../../model/image.js';
import type { Limits } from '../../model/limits.js';
import { beginPlainLayer, hasPlainLayer, plainLayerPath, putPlainLayer } from '../../store/plain-layers.js';
import type { Store } from '../../store/store.js';

export interface PlainLayersOptions {
  readonly limits: Limits;
  readonly signal?: AbortSignal | undefined;
  /** Whether they must survive a power loss. */
  readonly durable: boolean;
  /** Called with the stored bytes of all layers that have to be read, before the first is. */
  readonly onBegin?: (bytes: number) => void;
  /** Called with how many more stored bytes have been read. */
  readonly onBytes?: (count: number) => void;
}

/** More threads than this cost more memory than they save time: what they write is for one disk. */
const MOST_THREADS = 4;

/**
 * Returns the paths of the plain tars of these layers in the store, written and verified now where they were not there.
 * Throws E_LAYER_UNAVAILABLE, E_DIGEST_MISMATCH when a layer changed since it was indexed, E_DISK_FULL, E_UNWRITABLE,
 * E_INTERRUPTED.
 */
export async function plainLayers(
  store: Store,
  layers: readonly IndexedLayer[],
  options: PlainLayersOptions,
): Promise<readonly string[]> {
  const missing = new Map<string, IndexedLayer>();
  for (const layer of layers) if (!missing.has(layer.index.diffID)) missing.set(layer.index.diffID, layer);
  for (const { index } of missing.values())
    if (hasPlainLayer(store, index.diffID, index.plainBytes)) missing.delete(index.diffID);
  if (missing.size > 0) {
    options.onBegin?.([...missing.values()].reduce((sum, { layer }) => sum + (layer.size ?? 0), 0));
    await writeAll(store, [...missing.values()], options);
  }
  return layers.map(({ index }) => plainLayerPath(store, index.diffID));
}

/** Of several each is written by a thread, the largest first. Of those under way none is left behind by an error. */
async function writeAll(
  store: Store,
  missing: readonly IndexedLayer[],
  options: PlainLayersOptions,
): Promise<void> {
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([stop.signal, options.signal]);
  const threads = Math.min(availableParallelism(), MOST_THREADS, missing.length);
  const readers = createLayerReaders(threads);
  const waiting = [...missing].sort((a, b) => (b.layer.size ?? 0) - (a.layer.size ?? 0));
  let first: { readonly error: unknown } | undefined;
  const write = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined && first === undefined; next = waiting.shift())
      try {
        // For one alone a thread takes longer to start than it saves.
        const copied = missing.length > 1 && (await copyPlain(store, next, readers, { ...options, signal }));
        if (!copied) await writePlain(store, next, { ...options, signal });
      } catch (error) {
        // The others end with E_INTERRUPTED because of this one.
        first ??= { error };
        stop.abort();
      }
  };
  await Promise.all(Array.from({ length: threads }, write)).finally(() => readers.close());
  if (first !== undefined) throw first.error;
}

/** False where it is no blob, or its tar could not be written, of which {@link writePlain} says why. */
async function copyPlain(
  store: Store,
  { layer, index }: IndexedLayer,
  readers: LayerReaders,
  { limits, signal, durable, onBytes }: PlainLayersOptions,
): Promise<boolean> {
  const { content } = layer;
  if (content.kind !== 'blob') return false;
  const pending = await beginPlainLayer(store, durable).catch(() => undefined);
  if (pending === undefined) return false;
  const { range, compression } = content;
  const { diffID } = index;
  try {
    const copied = await readers.copy(
      { range, compression, diffID, limits, copyTo: pending.file, what: whatOf(layer) },
      { signal, onReport: (count) => onBytes?.(count) },
    );
    if (copied) await pending.publish(diffID);
    return copied;
  } finally {
    await pending.discard();
  }
}

const whatOf = ({ position }: Layer): string => `layer ${String(position)}`;

async function writePlain(
  store: Store,
  { layer, index }: IndexedLayer,
  { limits, signal, durable, onBytes }: PlainLayersOptions,
): Promise<void> {
  const { content } = layer;
  const what = whatOf(layer);
  if (content.kind === 'directory') {
    const tar = unchanged(content.path, index.diffID, directoryTar(content.path, signal));
    await putPlainLayer(store, index.diffID, tar, durable);
    return;
  }
  if (content.kind === 'absent')
    fail('E_LAYER_UNAVAILABLE', `unpacking ${what}: it is ${content.why}`, {
      hint: 'only the manifest names it; its bytes are not in this image',
    });
  const plain = openPlain({
    range: content.range,
    compression: content.compression,
    diffID: index.diffID,
    limits,
    anomalies: createAnomalyLog(),
    signal,
    onStored: onBytes,
    what,
  });
  await putPlainLayer(store, index.diffID, plain, durable);
}

/** Yields the tar of a directory, which must be what it was when it was looked at. */
async function* unchanged(
  directory: string,
  diffID: Digest,
  tar: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for await (const chunk of tar) {
    hash.update(chunk);
    yield chunk;
  }
  failWhenChanged(directory, diffID, digestFromBytes(hash.digest()));
}

/** Throws E_DIGEST_MISMATCH when a directory of this machine is not what a container was made from any more. */
export function failWhenChanged(directory: string, before: Digest, now: Digest): void {
  if (before !== now)
    fail('E_DIGEST_MISMATCH', `reading ${directory}: it has changed since the container was made`, {
      hint: 'a directory stays the base of its containers; a copy of it can be packed: tar -C DIR -cf rootfs.tar .',
    });
}
