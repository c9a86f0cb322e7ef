import type { Digest } from '../../model/digest.js';
import { fail } from '../../model/error.js';
import { MEDIA_TYPE } from '../../model/media-type.js';
import { putBlob } from '../../store/blob.js';
import { makeRef, replaceNamed } from '../../store/ref.js';
import { updateRefs } from '../../store/refs.js';
import type { Store } from '../../store/store.js';
import type { OpenContainer } from '../container/open-container.js';
import type { WrittenLayer } from './layer.js';
import { lowerBlobs } from './lower-blobs.js';
import { type CommitDetails, newConfig } from './new-config.js';
import { newManifest } from './new-manifest.js';

export interface CommittedImage {
  /** Of the manifest. */
  readonly digest: Digest;
  /** Of the configuration: what docker calls the image's ID. */
  readonly configDigest: Digest;
}

/** What an image is to be like beside its layers. */
export type ImageDetails = Omit<CommitDetails, 'diffID'> & {
  /** Number of the layer above which all is in the new layer; undefined: the one of the snapshot. */
  readonly onto?: number | undefined;
};

/**
 * Makes the image of a container whose layer, if it has one, is in the store, and gives it the name: the name comes last,
 * so that it means the whole image or what it meant before. The same input gives the same digests. Throws what
 * {@link newConfig}, {@link lowerBlobs} and {@link updateRefs} throw.
 */
export async function writeImage(
  store: Store,
  container: OpenContainer,
  layer: WrittenLayer | undefined,
  name: string,
  details: ImageDetails & { readonly onBytes?: (count: number) => void },
): Promise<CommittedImage> {
  const { image, n, pinned, union } = container;
  const config = configOf(container, layer, details);
  const lower = await lowerBlobs(store, { image, n: details.onto ?? n, pinned, union }, details.onBytes);
  const storedConfig = await putBlob(store, [config.bytes]);
  const manifest = await putBlob(store, [
    newManifest({
      config: storedConfig,
      layers: layer === undefined ? lower : [...lower, layer],
      annotations: image.annotations,
      created: config.changed ? details.created : createdOf(image.annotations, details.created),
    }),
  ]);
  const ref = makeRef(name, {
    mediaType: MEDIA_TYPE.ociManifest,
    ...manifest,
    urls: [],
    annotations: new Map(),
    platform: image.platform,
    artifactType: undefined,
  });
  await updateRefs(store, (refs) => replaceNamed(refs, ref));
  return { digest: manifest.digest, configDigest: storedConfig.digest };

  function createdOf(annotations: ReadonlyMap<string, string>, otherwise: string): string {
    return annotations.get('org.opencontainers.image.created') ?? otherwise;
  }
}

/** Returns the configuration of the image to be; the image's own when nothing is to change. */
export function configOf(
  { image, n }: Pick<OpenContainer, 'image' | 'n'>,
  layer: Pick<WrittenLayer, 'diffID'> | undefined,
  details: ImageDetails,
): { readonly bytes: Uint8Array; readonly changed: boolean } {
  const diffIDs = image.layers.slice(0, n).map(({ diffID }) => diffID ?? failMissing());
  const made = newConfig({ image, n, onto: details.onto, diffIDs }, { ...details, diffID: layer?.diffID });
  return { bytes: made ?? image.rawConfig ?? failMissing(), changed: made !== undefined };
}

function failMissing(): never {
  return fail('E_INTERNAL', 'committing: the container has no whole image below it');
}
