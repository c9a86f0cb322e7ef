import type { Descriptor } from '../../model/descriptor.js';
import { makeRef } from '../../store/ref.js';
import { MEDIA_TYPE } from '../../model/media-type.js';
import type { NameAnnotations } from './name-annotations.js';
import { isTree, type Named, type Outgoing } from './outgoing-image.js';

/** Returns what index.json says of a manifest. */
export function manifestDescriptor(image: Outgoing, annotations: ReadonlyMap<string, string>): Descriptor {
  const { mediaType, digest, size } = image.manifest;
  const platform = isTree(image) ? undefined : image.platform;
  return { mediaType, digest, size, urls: [], annotations, platform, artifactType: undefined };
}

/** Returns the text of an index.json with an entry for each name, and one for an image without. */
export function indexDocument(images: readonly Named[], annotationsOf: NameAnnotations): string {
  const manifests = images.flatMap(({ image, names }) =>
    (names.length === 0 ? [undefined] : names).map((name) => {
      const annotations = name === undefined ? new Map<string, string>() : annotationsOf(name);
      const refName = annotations.get('org.opencontainers.image.ref.name');
      return makeRef(refName, manifestDescriptor(image, annotations)).json;
    }),
  );
  return JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPE.ociIndex, manifests });
}
