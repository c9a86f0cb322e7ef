import { createHash } from 'node:crypto';
import { directoryTar } from '../../layers/directory-tar.js';
import type { IndexedLayer } from '../../layers/index-image.js';
import { openPlain } from '../../io/blob.js';
import { createAnomalyLog } from '../../model/anomaly.js';
import { type Digest, digestFromBytes } from '../../model/digest.js';
import { fail } from '../../model/error.js';
import type { Limits } from '../../model/limits.js';
import { hasPlainLayer, plainLayerPath, putPlainLayer } from '../../store/plain-layers.js';
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

/** Layers written at once: each decompresses in the thread pool, and the disk is one. */
const AT_ONCE = 2;

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
  for (const layer of layers) {
    const { diffID, plainBytes } = layer.index;
    if (!missing.has(diffID) && !(await hasPlainLayer(store, diffID, plainBytes))) missing.set(diffID, layer);
  }
  if (missing.size > 0)
    options.onBegin?.([...missing.values()].reduce((sum, { layer }) => sum + (layer.size ?? 0), 0));
  const waiting = [...missing.values()];
  const write = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      await writePlain(store, next, options);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, write));
  return layers.map(({ index }) => plainLayerPath(store, index.diffID));
}

async function writePlain(
  store: Store,
  { layer, index }: IndexedLayer,
  { limits, signal, durable, onBytes }: PlainLayersOptions,
): Promise<void> {
  const { content, position } = layer;
  const what = `layer ${String(position)}`;
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
