import { fail } from '../../model/error.js';
import { layerMediaType, MEDIA_TYPE } from '../../model/media-type.js';
import type { OutgoingBlob, OutgoingLayer } from './outgoing-image.js';

/** Names that the source gave the old manifest. */
const NAMES = new Set(['org.opencontainers.image.ref.name', 'io.containerd.image.name']);

/** Returns an OCI image manifest (image-spec 1.1 manifest.md) as JSON; the same image gives the same bytes. */
export function makeManifest(
  config: Pick<OutgoingBlob, 'mediaType' | 'digest' | 'size'>,
  layers: readonly OutgoingLayer[],
  annotations: ReadonlyMap<string, string>,
): Uint8Array {
  const kept = [...annotations].filter(([key]) => !NAMES.has(key));
  const manifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPE.ociManifest,
    config: { mediaType: config.mediaType, digest: config.digest, size: config.size },
    layers: layers.map((layer) => ({
      mediaType: ociLayerType(layer.mediaType),
      digest: layer.digest,
      size: layer.size,
      ...(layer.urls.length === 0 ? {} : { urls: layer.urls }),
      ...(layer.annotations.size === 0 ? {} : { annotations: withoutPrototype(layer.annotations) }),
    })),
    ...(kept.length === 0 ? {} : { annotations: withoutPrototype(kept) }),
  };
  return Buffer.from(JSON.stringify(manifest));
}

/** Returns OCI's name for the same bytes of a layer. Throws E_MEDIA_TYPE for what is no tar layer. */
export function ociLayerType(mediaType: string): string {
  const { compression, foreign, encrypted } = layerMediaType(mediaType);
  if (compression === undefined)
    return fail('E_MEDIA_TYPE', `writing the manifest: '${mediaType}' is not the media type of a layer`);
  if (!mediaType.includes('.docker.')) return mediaType;
  const base = foreign ? 'application/vnd.oci.image.layer.nondistributable.v1.tar' : MEDIA_TYPE.ociLayer;
  return `${base}${compression === 'none' ? '' : `+${compression}`}${encrypted ? '+encrypted' : ''}`;
}

/** `__proto__` is a key like others. */
function withoutPrototype(entries: Iterable<readonly [string, string]>): Record<string, string> {
  const object = Object.create(null) as Record<string, string>;
  for (const [key, value] of entries) object[key] = value;
  return object;
}
