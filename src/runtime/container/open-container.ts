import { stat } from 'node:fs/promises';
import path from 'node:path';
import { stackLayers } from '../../images/assemble.js';
import { emptyIndex } from '../../layers/index/empty-index.js';
import { decodeIndex } from '../../layers/index/index-file.js';
import { indexImage } from '../../layers/index/index-image.js';
import type { LayerIndex } from '../../layers/index/layer-index.js';
import { openUnion } from '../../layers/union/open-union.js';
import type { Union } from '../../layers/union/union.js';
import { createAnomalyLog } from '../../model/anomaly.js';
import { digestHex } from '../../model/digest.js';
import { fail } from '../../model/error.js';
import { EMPTY_CONFIG, readImageConfig } from '../../model/image-config.js';
import type { Image, Layer, LayerContent } from '../../model/image.js';
import { parseJson } from '../../model/json-parse.js';
import type { Limits } from '../../model/limits.js';
import { MEDIA_TYPE } from '../../model/media-type.js';
import { blobRange, blobSize } from '../../store/blob.js';
import { readDerived } from '../../store/derived.js';
import { plainLayerPath } from '../../store/plain-layers.js';
import type { Store } from '../../store/store.js';
import { failWhenChanged } from '../snapshot/plain-layers.js';
import { overlayMarks } from '../snapshot/overlay-marks.js';
import { readUpper } from '../upper/read-upper.js';
import type { UpperEntry } from '../upper/upper-entry.js';
import type { ContainerFolder } from './folder.js';
import { type PinnedBlob, type PinnedLayer, readPinnedImage } from './pinned-image.js';
import type { ContainerRecord } from './record.js';

/** A container's own files and the snapshot they lie upon, made again from what is kept with the container. */
export interface OpenContainer {
  /** As it was when the container was made; of its layers only those below the container can be read. */
  readonly image: Image;
  readonly n: number;
  readonly union: Union;
  readonly pinned: readonly PinnedLayer[];
  /** See readUpper: nobody may change them meanwhile. */
  readonly upper: Iterable<UpperEntry>;
}

export interface OpenOptions {
  readonly limits: Limits;
  readonly signal?: AbortSignal | undefined;
  /** Told of what a layer cannot hold. */
  readonly onSkipped?: ((path: string, what: 'socket') => void) | undefined;
}

/** Opens a container's files, whether it runs or not. Throws E_STORE, E_LAYER_UNAVAILABLE and what indexing throws. */
export async function openContainer(
  store: Store,
  record: ContainerRecord,
  folder: ContainerFolder,
  options: OpenOptions,
): Promise<OpenContainer> {
  const { pinned, rawConfig } = await readPinnedImage(folder);
  const { layer: n, layers: count, name } = record.image;
  const contents: LayerContent[] = [];
  for (let number = 1; number <= count; number++)
    contents.push(
      (number <= n
        ? await pinnedContent(store, record, folder, number, pinned.layers[number - 1].blob)
        : undefined) ?? {
        kind: 'absent',
        why: 'missing',
      },
    );
  const anomalies = createAnomalyLog();
  const config =
    rawConfig === undefined
      ? EMPTY_CONFIG
      : readImageConfig(
          parseJson(rawConfig, 'the image configuration', options.limits, 'E_CONFIG'),
          options.limits,
          anomalies,
        );
  const origins = contents.map(() => ({ mediaType: MEDIA_TYPE.ociLayer }));
  const stacked =
    config.diffIDs.length === count ? stackLayers(origins, contents, config, anomalies) : undefined;
  const image: Image = {
    transport: 'store',
    name,
    tags: [],
    platform: pinned.platform,
    descriptor: undefined,
    rawManifest: undefined,
    rawConfig,
    rawIndex: undefined,
    config,
    annotations: new Map(pinned.annotations),
    layers: contents.map((content, i) => ({
      position: i + 1,
      mediaType: MEDIA_TYPE.ociLayer,
      digest: undefined,
      size: pinned.layers.at(i)?.plainBytes,
      diffID: record.image.diffIDs.at(i),
      content,
      step: stacked?.[i].step,
    })),
    siblings: [],
    anomalies: [],
  };
  const indexes: LayerIndex[] = [];
  for (const [i, layer] of image.layers.slice(0, n).entries())
    indexes.push(await indexOf(store, image, layer, pinned.layers[i].present, options));
  return {
    image,
    n,
    union: await openUnion(indexes, store),
    pinned: pinned.layers,
    upper: readUpper(folder.upper, {
      overlayXattrs: overlayMarks(),
      idMaps: record.idMap.length === 0 ? undefined : { uid: record.idMap, gid: record.idMap },
      onSkipped: options.onSkipped,
    }),
  };
}

/** The plain tar of a layer: the container's own name of it, else the store's, or its blob, as long as those are there. */
async function pinnedContent(
  store: Store,
  record: ContainerRecord,
  folder: ContainerFolder,
  number: number,
  blob: PinnedBlob | undefined,
): Promise<LayerContent | undefined> {
  const diffID = record.image.diffIDs[number - 1];
  for (const file of [path.join(folder.layers, String(number)), plainLayerPath(store, diffID)]) {
    const stats = await stat(file).catch(() => undefined);
    if (stats?.isFile() === true)
      return { kind: 'blob', compression: 'none', range: { path: file, offset: 0, length: stats.size } };
  }
  const { snapshot } = record;
  const directory = snapshot.kind === 'unpacked' && number === 1 ? snapshot.directory : undefined;
  if (directory !== undefined) return { kind: 'directory', path: directory };
  return blob !== undefined && (await blobSize(store, blob.digest)) === blob.size
    ? { kind: 'blob', compression: blob.compression, range: await blobRange(store, blob.digest) }
    : undefined;
}

async function indexOf(
  store: Store,
  image: Image,
  layer: Layer,
  present: boolean,
  { limits, signal }: OpenOptions,
): Promise<LayerIndex> {
  if (layer.diffID === undefined) return fail('E_INTERNAL', 'opening a container: a layer has no diffID');
  if (!present) return emptyIndex(layer.diffID);
  const kept = await readDerived(store, 'index', digestHex(layer.diffID));
  if (kept !== undefined) return decodeIndex(kept);
  if (layer.content.kind === 'absent')
    return fail(
      'E_LAYER_UNAVAILABLE',
      `reading layer ${String(layer.position)} of ${image.name}: it is not here`,
      {
        hint: 'a container that is run without --rm keeps its layers',
      },
    );
  const [{ index }] = await indexImage({ ...image, layers: [layer] }, { store, limits, signal });
  if (layer.content.kind === 'directory') failWhenChanged(layer.content.path, layer.diffID, index.diffID);
  return index;
}
