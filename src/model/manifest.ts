import type { AnomalyLog } from './anomaly.js';
import { type Descriptor, readDescriptor } from './descriptor.js';
import { fail } from './error.js';
import {
  expectArray,
  field,
  isAbsent,
  type JsonNode,
  kindOfJson,
  optionalString,
  stringMap,
} from './json.js';
import { noteKeyCase } from './key-case.js';
import type { Limits } from './limits.js';
import {
  type DocumentKind,
  documentKind,
  isImageConfig,
  isJsonMediaType,
  layerMediaType,
  MEDIA_TYPE,
} from './media-type.js';

/** OCI image-spec 1.1 manifest.md; a Docker schema 2 manifest has the same shape. */
export interface Manifest {
  /** As the document states it, else as its descriptor did, else the OCI one. */
  readonly mediaType: string;
  readonly artifactType: string | undefined;
  readonly config: Descriptor;
  /** Base first. */
  readonly layers: readonly Descriptor[];
  readonly subject: Descriptor | undefined;
  readonly annotations: ReadonlyMap<string, string>;
}

const KEYS = ['schemaVersion', 'mediaType', 'artifactType', 'config', 'layers', 'subject', 'annotations'];

/**
 * Returns which document this is. It is decided once from all there is to see, and what disagrees is refused
 * (E_MANIFEST): the media type of the descriptor, the one inside, and the keys (CVE-2021-41190). Docker's type for OCI's
 * of the same kind is only an anomaly, since both are read alike; so is no media type, unless it is `mediaTypeOptional`.
 */
export function classifyDocument(
  root: JsonNode,
  declared: string,
  anomalies: AnomalyLog,
  { mediaTypeOptional = false }: { readonly mediaTypeOptional?: boolean } = {},
): DocumentKind {
  const refuse = (why: string): never => fail('E_MANIFEST', `reading ${root.what}: ${why}`);
  const has = (key: string): boolean => field(root, key).value !== undefined;
  const inner = optionalString(field(root, 'mediaType'));
  if (inner !== undefined && declared !== '' && inner !== declared) {
    const clash = `it says its media type is '${inner.slice(0, 100)}', its descriptor says '${declared.slice(0, 100)}'`;
    if (documentKind(inner) === undefined || documentKind(inner) !== documentKind(declared)) refuse(clash);
    if (documentKind(inner) !== 'schema1') anomalies.add('media-type-mismatch', root.what, clash);
  }
  const version = field(root, 'schemaVersion').value;
  const looksLike: DocumentKind | undefined = has('manifests')
    ? 'index'
    : has('fsLayers')
      ? 'schema1'
      : has('layers') || has('config')
        ? 'manifest'
        : undefined;
  if ((has('manifests') ? 1 : 0) + (has('fsLayers') ? 1 : 0) + (has('layers') || has('config') ? 1 : 0) > 1)
    refuse('it is ambiguous: it has the keys of more than one kind of manifest');
  const said = inner ?? declared;
  const kind = said === '' ? looksLike : documentKind(said);
  if (kind === undefined || (looksLike !== undefined && looksLike !== kind))
    return refuse(
      kind === undefined && said !== ''
        ? `media type '${said.slice(0, 100)}' is not one of an image manifest or index`
        : 'neither an image manifest nor an image index',
    );
  if (version !== (kind === 'schema1' ? 1 : 2))
    refuse(
      `schemaVersion is ${typeof version === 'number' ? version : kindOfJson(version)}, expected ${kind === 'schema1' ? 1 : 2}`,
    );
  if (said === '' && kind !== 'schema1' && !mediaTypeOptional)
    anomalies.add('manifest-media-type-absent', root.what);
  return kind;
}

/** Reads an image manifest. Throws E_MANIFEST, E_DIGEST_INVALID, E_MEDIA_TYPE or E_LIMIT. */
export function readManifest(
  root: JsonNode,
  declared: string,
  limits: Pick<Limits, 'layers'>,
  anomalies: AnomalyLog,
): Manifest {
  const kind = classifyDocument(root, declared, anomalies);
  if (kind !== 'manifest') fail('E_MANIFEST', `reading ${root.what}: an image ${kind}, expected a manifest`);
  noteKeyCase(root, KEYS, anomalies);
  const layersNode = field(root, 'layers');
  const layers = isAbsent(layersNode) ? [] : expectArray(layersNode, limits.layers, 'layers');
  const subject = field(root, 'subject');
  const artifactType = optionalString(field(root, 'artifactType'));
  const manifest: Manifest = {
    mediaType:
      optionalString(field(root, 'mediaType')) ?? (declared === '' ? MEDIA_TYPE.ociManifest : declared),
    artifactType: artifactType === '' ? undefined : artifactType,
    config: readDescriptor(field(root, 'config'), anomalies),
    layers: layers.map((layer) => readDescriptor(layer, anomalies)),
    subject: isAbsent(subject) ? undefined : readDescriptor(subject, anomalies),
    annotations: stringMap(field(root, 'annotations')),
  };
  for (const layer of manifest.layers) layerMediaType(layer.mediaType);
  return manifest;
}

/** What a manifest describes: only an `image` has a file system. */
export type ManifestRole = 'image' | 'attestation' | 'artifact';

/**
 * Returns what the manifest describes. OCI image-spec 1.1 "Guidelines for Artifact Usage": an artifact has an
 * artifactType or a config that does not configure a container. Signatures of cosign have a container's config but
 * only JSON documents for layers, attestations of BuildKit in-toto statements.
 */
export function manifestRole(manifest: Manifest): ManifestRole {
  const { layers } = manifest;
  if (layers.length > 0 && layers.every((layer) => layer.mediaType === 'application/vnd.in-toto+json'))
    return 'attestation';
  if (manifest.artifactType !== undefined && !isImageConfig(manifest.artifactType)) return 'artifact';
  if (!isImageConfig(manifest.config.mediaType)) return 'artifact';
  if (layers.length > 0 && layers.every((layer) => isJsonMediaType(layer.mediaType))) return 'artifact';
  return 'image';
}
