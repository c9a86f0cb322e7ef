import { fail } from './error.js';
import type { Compression } from './compression.js';

/** The media types strata knows by name (OCI image-spec 1.1 media-types.md; Docker registry v2 schema 1 and 2). */
export const MEDIA_TYPE = {
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  ociEmpty: 'application/vnd.oci.empty.v1+json',
  ociLayer: 'application/vnd.oci.image.layer.v1.tar',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar',
  dockerSchema1: 'application/vnd.docker.distribution.manifest.v1+json',
  dockerSchema1Signed: 'application/vnd.docker.distribution.manifest.v1+prettyjws',
  dockerSchema1Layer: 'application/vnd.docker.container.image.rootfs.diff+x-gtar',
} as const;

/** RFC 6838 section 4.2: `type/subtype`, each a restricted name of at most 127 characters. */
const RESTRICTED_NAMES = /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/;

export function isMediaType(text: string): boolean {
  return RESTRICTED_NAMES.test(text);
}

export type DocumentKind = 'manifest' | 'index' | 'schema1';

/** Returns which document a media type names; undefined for anything else. */
export function documentKind(mediaType: string): DocumentKind | undefined {
  switch (mediaType) {
    case MEDIA_TYPE.ociManifest:
    case MEDIA_TYPE.dockerManifest:
      return 'manifest';
    case MEDIA_TYPE.ociIndex:
    case MEDIA_TYPE.dockerList:
      return 'index';
    case MEDIA_TYPE.dockerSchema1:
    case MEDIA_TYPE.dockerSchema1Signed:
      return 'schema1';
    default:
      return undefined;
  }
}

/** True when a config of this media type configures a container (old Docker registries wrote octet-stream). */
export function isImageConfig(mediaType: string): boolean {
  return (
    mediaType === MEDIA_TYPE.ociConfig ||
    mediaType === MEDIA_TYPE.dockerConfig ||
    mediaType === 'application/octet-stream'
  );
}

export interface LayerMediaType {
  /** What the media type says of the bytes; undefined when it is not one of a tar layer. */
  readonly compression: Compression | undefined;
  /** Foreign or non-distributable: the bytes may be elsewhere. */
  readonly foreign: boolean;
  readonly encrypted: boolean;
}

const LAYER =
  /^application\/vnd\.(oci\.image\.layer\.(?:nondistributable\.)?v1|docker\.image\.rootfs\.(?:foreign\.)?diff)\.tar(.*)$/;

const SUFFIX_COMPRESSION = new Map<string, Compression>([
  ['', 'none'],
  ['+gzip', 'gzip'],
  ['.gzip', 'gzip'],
  ['+zstd', 'zstd'],
  ['.zstd', 'zstd'],
]);

/**
 * Returns what a layer's media type promises. Throws E_MEDIA_TYPE when it is one of an OCI or Docker tar layer with a
 * suffix that no specification knows: what its bytes mean cannot be told (containers/image refuses it too).
 */
export function layerMediaType(mediaType: string): LayerMediaType {
  const match = LAYER.exec(mediaType);
  if (match === null) return { compression: undefined, foreign: false, encrypted: false };
  const foreign = /nondistributable|foreign/.test(match[1]);
  const encrypted = match[2].endsWith('+encrypted');
  const suffix = encrypted ? match[2].slice(0, -'+encrypted'.length) : match[2];
  const compression =
    SUFFIX_COMPRESSION.get(suffix) ??
    fail('E_MEDIA_TYPE', `reading layer media type '${mediaType}': the suffix '${suffix}' is unknown`);
  return { compression, foreign, encrypted };
}

/** Returns Docker's media type of a layer with this compression, for layers whose source gives none. */
export function dockerLayerMediaType(compression: Compression): string {
  return compression === 'none' ? MEDIA_TYPE.dockerLayer : `${MEDIA_TYPE.dockerLayer}.${compression}`;
}

/** True when the media type is a JSON document of any kind: signatures, attestations and SBOMs, never a file system. */
export function isJsonMediaType(mediaType: string): boolean {
  return mediaType.endsWith('+json') || mediaType === 'application/json';
}
