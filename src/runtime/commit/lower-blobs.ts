import { fail } from '../../model/error.js';
import { DEFAULT_LIMITS } from '../../model/limits.js';
import { MEDIA_TYPE } from '../../model/media-type.js';
import { adoptBlob } from '../../store/adopt-blob.js';
import { blobSize, keepBlob } from '../../store/blob.js';
import type { Store } from '../../store/store.js';
import type { OpenContainer } from '../container/open-container.js';
import { plainLayers } from '../snapshot/plain-layers.js';
import type { BlobDescriptor } from './new-manifest.js';

/**
 * Puts the layers below a container into the store, and returns what a manifest says of them, base first: the image's own
 * blobs where the store has them, else the plain tars that the container keeps, which are then their own diffIDs. Throws
 * E_LAYER_UNAVAILABLE and what {@link adoptBlob} throws.
 */
export async function lowerBlobs(
  store: Store,
  { image, n, pinned, union }: Pick<OpenContainer, 'image' | 'n' | 'pinned' | 'union'>,
  onBytes?: (count: number) => void,
): Promise<readonly BlobDescriptor[]> {
  const blobs: BlobDescriptor[] = [];
  for (const [i, layer] of image.layers.slice(0, n).entries()) {
    const { content, diffID } = layer;
    const blob = pinned[i].blob;
    if (blob !== undefined && (await blobSize(store, blob.digest)) === blob.size) {
      const { digest, size, compression } = blob;
      const mediaType =
        compression === 'none' ? MEDIA_TYPE.ociLayer : `${MEDIA_TYPE.ociLayer}+${compression}`;
      if (await keepBlob(store, digest)) {
        blobs.push({ mediaType, digest, size });
        continue;
      }
    }
    if (content.kind === 'directory' && diffID !== undefined) {
      const indexed = { layer, index: union.layers[i], facts: undefined, anomalies: [] };
      const [tar] = await plainLayers(store, [indexed], { limits: DEFAULT_LIMITS, durable: true });
      blobs.push({ mediaType: MEDIA_TYPE.ociLayer, ...(await adoptBlob(store, tar, diffID, onBytes)) });
      continue;
    }
    if (content.kind !== 'blob' || diffID === undefined)
      return fail(
        'E_LAYER_UNAVAILABLE',
        `committing: layer ${String(i + 1)} below the container is not here`,
        {
          hint: 'a container that is run without --rm keeps its layers, but for those that the image itself lacks',
        },
      );
    blobs.push({
      mediaType: MEDIA_TYPE.ociLayer,
      ...(await adoptBlob(store, content.range.path, diffID, onBytes)),
    });
  }
  return blobs;
}
