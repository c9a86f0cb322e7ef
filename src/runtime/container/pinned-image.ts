import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { IndexedLayer } from '../../layers/index/index-image.js';
import type { Compression } from '../../model/compression.js';
import type { Digest } from '../../model/digest.js';
import { StrataError } from '../../model/error.js';
import type { Image } from '../../model/image.js';
import type { Platform } from '../../model/platform.js';
import { writeAtomic } from '../../store/atomic.js';
import { failStore, isAbsent } from '../../store/failure.js';
import { durable } from '../../store/layout.js';
import { TEMPORARY } from '../../store/layout-names.js';
import { pinFile } from '../../store/plain-layers.js';
import type { Store } from '../../store/store.js';
import { plainLayers, type PlainLayersOptions } from '../snapshot/plain-layers.js';
import type { ContainerFolder } from './folder.js';

/** What of an image is kept with a container, so that it can be committed when the image is gone. */
export interface PinnedImage {
  readonly platform: Platform | undefined;
  /** Of the manifest. */
  readonly annotations: readonly (readonly [key: string, value: string])[];
  /** Whether the configuration's own bytes are kept beside it: an image of a plain tree has none. */
  readonly hasConfig: boolean;
  /** Those below the container, base first. */
  readonly layers: readonly PinnedLayer[];
}

export interface PinnedLayer {
  /** False for one that only the manifest names. */
  readonly present: boolean;
  /** Bytes of the plain tar. */
  readonly plainBytes: number;
  /** Its blob in the image, where that has digests: the store may have it. */
  readonly blob: PinnedBlob | undefined;
}

export interface PinnedBlob {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly compression: Compression;
}

/**
 * Keeps with a container what committing it needs: of the image what is no layer, and with `layers` the plain tar of every
 * layer up to `n`, under its number. Throws what {@link plainLayers} throws.
 */
export async function pinImage(
  store: Store,
  source: { readonly image: Image; readonly layers: readonly IndexedLayer[]; readonly n: number },
  folder: ContainerFolder,
  options: PlainLayersOptions & { readonly layers: boolean },
): Promise<void> {
  const { image, n } = source;
  const below = source.layers.slice(0, n);
  if (options.layers) {
    // A directory of this machine is there, or it is not the same any more.
    const here = below.filter(({ layer }) => layer.content.kind === 'blob');
    const tars = await plainLayers(store, here, options);
    for (const [i, { layer }] of here.entries())
      await pinFile(tars[i], path.join(folder.layers, String(layer.position)));
  }
  const pinned: PinnedImage = {
    platform: image.platform,
    annotations: [...image.annotations],
    hasConfig: image.rawConfig !== undefined,
    layers: below.map(({ layer, index }) => ({
      present: layer.content.kind !== 'absent',
      plainBytes: index.plainBytes,
      blob: blobOf(layer),
    })),
  };
  const temporary = path.join(store.paths.root, TEMPORARY);
  const keep = async (file: string, bytes: Uint8Array): Promise<void> => {
    await writeAtomic(file, [bytes], temporary, { ...durable(store), durable: options.durable }).catch(
      (thrown: unknown) => failStore(`keeping what container ${folder.id} was made from`, thrown),
    );
  };
  if (image.rawConfig !== undefined) await keep(folder.imageConfig, image.rawConfig);
  await keep(folder.image, Buffer.from(`${JSON.stringify(pinned)}\n`));
}

/** Returns what {@link pinImage} kept and the bytes of the configuration. Throws E_STORE. */
export async function readPinnedImage(
  folder: ContainerFolder,
): Promise<{ readonly pinned: PinnedImage; readonly rawConfig: Uint8Array | undefined }> {
  try {
    const pinned = JSON.parse(await readFile(folder.image, 'utf8')) as PinnedImage;
    return { pinned, rawConfig: pinned.hasConfig ? await readFile(folder.imageConfig) : undefined };
  } catch (thrown) {
    const why = isAbsent(thrown) ? 'it was made by another version of strata' : 'it cannot be read';
    throw new StrataError('E_STORE', `reading what container ${folder.id} was made from: ${why}`, {
      cause: thrown,
    });
  }
}

function blobOf({ digest, size, content }: IndexedLayer['layer']): PinnedBlob | undefined {
  return digest === undefined || size === undefined || content.kind !== 'blob'
    ? undefined
    : { digest, size, compression: content.compression };
}
