import type { Digest } from '../../model/digest.js';
import { fail } from '../../model/error.js';
import { layerMediaType, MEDIA_TYPE } from '../../model/media-type.js';

/** What a manifest says of one blob. */
export interface BlobDescriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly urls?: readonly string[] | undefined;
  readonly annotations?: ReadonlyMap<string, string> | undefined;
}

export interface ManifestParts {
  readonly config: Pick<BlobDescriptor, 'digest' | 'size'>;
  /** Base first, the new one last. */
  readonly layers: readonly BlobDescriptor[];
  /** Of the old manifest. */
  readonly annotations: ReadonlyMap<string, string>;
  /** RFC 3339, as in the configuration. */
  readonly created: string;
}

/**
 * Keys that speak of exactly the old bytes (OCI image-spec 1.1 annotations.md): its base (the image itself is the base
 * now), and names that a layout gave the old manifest. Who made what, under which licence and from which source stays:
 * docker commit keeps the labels that say the same.
 */
const OF_THE_OLD_BYTES = [
  'org.opencontainers.image.base.digest',
  'org.opencontainers.image.base.name',
  'org.opencontainers.image.ref.name',
  'io.containerd.image.name',
];
const CREATED = 'org.opencontainers.image.created';
/** Signatures, attestations and their like name a digest. */
const REFERENCE_PREFIXES = ['vnd.docker.reference.', 'dev.sigstore.', 'dev.cosignproject.'];

/**
 * Returns an OCI image manifest (image-spec 1.1 manifest.md) as JSON. Docker's layer types become OCI's of the same bytes,
 * so that no reader meets both. It has no `subject`: what the old manifest belonged to is not about the new one. Throws
 * E_MEDIA_TYPE for a layer that is no tar.
 */
export function newManifest(parts: ManifestParts): Uint8Array {
  const annotations = [...parts.annotations].flatMap(([key, value]): [string, string][] =>
    OF_THE_OLD_BYTES.includes(key) || REFERENCE_PREFIXES.some((prefix) => key.startsWith(prefix))
      ? []
      : [[key, key === CREATED ? parts.created : value]],
  );
  const manifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPE.ociManifest,
    config: { mediaType: MEDIA_TYPE.ociConfig, digest: parts.config.digest, size: parts.config.size },
    layers: parts.layers.map((layer) => ({
      mediaType: ociLayerType(layer.mediaType),
      digest: layer.digest,
      size: layer.size,
      ...(layer.urls === undefined || layer.urls.length === 0 ? {} : { urls: layer.urls }),
      ...(layer.annotations === undefined || layer.annotations.size === 0
        ? {}
        : { annotations: plain(layer.annotations) }),
    })),
    ...(annotations.length === 0 ? {} : { annotations: plain(annotations) }),
  };
  return Buffer.from(JSON.stringify(manifest));
}

function ociLayerType(mediaType: string): string {
  const { compression, foreign, encrypted } = layerMediaType(mediaType);
  if (compression === undefined)
    fail('E_MEDIA_TYPE', `writing the manifest: '${mediaType}' is not the media type of a layer`);
  if (!mediaType.startsWith(MEDIA_TYPE.dockerLayer) && !mediaType.includes('.docker.')) return mediaType;
  const base = foreign ? 'application/vnd.oci.image.layer.nondistributable.v1.tar' : MEDIA_TYPE.ociLayer;
  return `${base}${compression === 'none' ? '' : `+${compression}`}${encrypted ? '+encrypted' : ''}`;
}

/** Without a prototype, so that `__proto__` is a key like others. */
function plain(entries: Iterable<readonly [string, string]>): Record<string, string> {
  const object = Object.create(null) as Record<string, string>;
  for (const [key, value] of entries) object[key] = value;
  return object;
}
