import { type AnomalyLog, createAnomalyLog } from '../model/anomaly.js';
import type { Descriptor } from '../model/descriptor.js';
import type { Digest } from '../model/digest.js';
import { fail } from '../model/error.js';
import { alignHistory } from '../model/history.js';
import { type ImageConfig, readImageConfig } from '../model/image-config.js';
import type { Image, Layer, LayerContent, Sibling, Transport } from '../model/image.js';
import { classifyDocument, type Manifest, manifestRole, readManifest } from '../model/manifest.js';
import { MEDIA_TYPE } from '../model/media-type.js';
import { formatPlatform, normalizePlatform, type Platform, platformDistance } from '../model/platform.js';
import { readSchema1 } from '../model/schema1.js';
import type { OpenContext } from './context.js';
import { type Document, type Files, readBlobJson } from './files.js';
import { blobContent, locateLayer } from './layer-blob.js';

/** How blobs are named in one kind of source. */
export interface BlobSource {
  readonly files: Files;
  readonly pathOf: (digest: Digest) => string;
  /** The path of a manifest, where it is not that of any other blob. */
  readonly manifestPathOf?: (digest: Digest) => string;
}

/** The manifest that was chosen, and where it stands. */
export interface Chosen {
  readonly transport: Transport;
  readonly name: string;
  readonly tags: readonly string[];
  readonly descriptor: Descriptor;
  readonly document: Document;
  readonly rawIndex: Uint8Array | undefined;
  readonly siblings: readonly Sibling[];
}

/**
 * Returns the image a manifest describes, its configuration read and verified and its layers located. Throws
 * E_NOT_CONTAINER_IMAGE for an artifact or attestation, E_PLATFORM when another platform was asked for, E_CONFIG when
 * manifest and configuration do not fit each other, and what their parsers throw.
 */
export async function assembleImage(
  source: BlobSource,
  chosen: Chosen,
  context: OpenContext,
): Promise<Image> {
  const { descriptor, document } = chosen;
  const { anomalies, limits } = context;
  const kind = classifyDocument(document.root, descriptor.mediaType, createAnomalyLog());
  if (kind === 'index')
    fail('E_NOT_CONTAINER_IMAGE', `opening ${chosen.name}: an index of artifacts, not of container images`);
  if (kind === 'schema1') return assembleSchema1(source, chosen, context);
  const manifest = readManifest(document.root, descriptor.mediaType, limits, anomalies);
  refuseArtifact(manifest, descriptor, chosen.name);
  const { raw: rawConfig, root } = await readBlobJson(
    source.files,
    source.pathOf(manifest.config.digest),
    manifest.config,
    'image configuration',
    limits,
    'E_CONFIG',
  );
  const config = readImageConfig(root, limits, anomalies);
  const platform = imagePlatform(config, descriptor.platform, anomalies);
  checkPlatform(platform, context, chosen.name);
  const contents: LayerContent[] = [];
  for (const [index, layer] of manifest.layers.entries())
    contents.push(
      await locateLayer(source.files, source.pathOf(layer.digest), layer, `layer ${index + 1}`, anomalies),
    );
  return {
    transport: chosen.transport,
    name: chosen.name,
    tags: chosen.tags,
    platform,
    descriptor: { ...descriptor, mediaType: manifest.mediaType },
    rawManifest: document.raw,
    rawConfig,
    rawIndex: chosen.rawIndex,
    config,
    annotations: manifest.annotations,
    layers: stackLayers(manifest.layers, contents, config, anomalies),
    siblings: chosen.siblings,
    anomalies: anomalies.list,
  };
}

/** What the source knows of a layer; a docker-archive knows no digest, schema 1 no size. */
export interface LayerOrigin {
  readonly mediaType: string;
  readonly digest?: Digest | undefined;
  readonly size?: number | undefined;
}

/**
 * Returns the layers, base first, each with its diffID and history step. Throws E_CONFIG when the configuration does
 * not have exactly one diffID for each layer; a manifest without any layer is taken as an empty image, with an anomaly.
 */
export function stackLayers(
  origins: readonly LayerOrigin[],
  contents: readonly LayerContent[],
  config: ImageConfig,
  anomalies: AnomalyLog,
): readonly Layer[] {
  const { diffIDs } = config;
  if (origins.length === 0 && diffIDs.length > 0)
    anomalies.add('layers-empty', 'layers', `${diffIDs.length} diff_ids`);
  else if (origins.length !== diffIDs.length)
    fail(
      'E_CONFIG',
      `reading the image configuration: ${diffIDs.length} diff_ids for ${origins.length} layers`,
    );
  if (config.os.toLowerCase() === 'windows' && origins.length > 0)
    anomalies.add('layer-windows', 'layers', `${origins.length} layers`);
  const steps = alignHistory(config, origins.length, anomalies);
  return origins.map((origin, index) => ({
    position: index + 1,
    mediaType: origin.mediaType,
    digest: origin.digest,
    size: origin.size,
    diffID: diffIDs[index],
    content: contents[index],
    step: steps[index],
  }));
}

/** Returns the platform of an image; the configuration is verified by its digest and so believed over the index. */
export function imagePlatform(
  config: ImageConfig,
  declared: Platform | undefined,
  anomalies: AnomalyLog,
): Platform | undefined {
  if (config.os === '' && config.architecture === '') return declared;
  const own: Platform = {
    os: config.os,
    architecture: config.architecture,
    ...(config.variant === undefined ? {} : { variant: config.variant }),
    ...(config.osVersion === undefined ? {} : { osVersion: config.osVersion }),
  };
  if (declared === undefined) return own;
  const [a, b] = [normalizePlatform(own), normalizePlatform(declared)];
  if (a.os !== b.os || a.architecture !== b.architecture)
    anomalies.add('platform-mismatch', 'platform', `${formatPlatform(declared)} over ${formatPlatform(own)}`);
  // Indexes say the ARM variant more often than configurations do.
  return own.variant === undefined && a.architecture === b.architecture && declared.variant !== undefined
    ? { ...own, variant: declared.variant }
    : own;
}

/** Throws E_PLATFORM when a platform was asked for and this is another. */
export function checkPlatform(platform: Platform | undefined, context: OpenContext, name: string): void {
  const asked = context.platform;
  if (asked === undefined || platform === undefined || platformDistance(platform, asked) !== undefined)
    return;
  fail('E_PLATFORM', `opening ${name}: it is for ${formatPlatform(platform)}, not ${formatPlatform(asked)}`, {
    hint: 'leave --platform out to open it all the same',
  });
}

function refuseArtifact(manifest: Manifest, descriptor: Descriptor, name: string): void {
  const role = manifestRole(manifest);
  const marked = descriptor.annotations.has('vnd.docker.reference.type');
  if (role === 'image' && !marked) return;
  const type = manifest.artifactType ?? manifest.config.mediaType;
  fail(
    'E_NOT_CONTAINER_IMAGE',
    role === 'artifact' && !marked
      ? `opening ${name}: an artifact of type '${type}', not a container image`
      : `opening ${name}: an attestation about an image, not an image`,
    { hint: 'it has no file system; choose another manifest of the same source, if there is one' },
  );
}

/** Schema 1 has no configuration blob, no sizes and no diffIDs. */
async function assembleSchema1(source: BlobSource, chosen: Chosen, context: OpenContext): Promise<Image> {
  const { anomalies, limits } = context;
  const schema1 = readSchema1(chosen.document.root, limits, anomalies);
  const platform = imagePlatform(schema1.config, chosen.descriptor.platform, anomalies);
  checkPlatform(platform, context, chosen.name);
  const mediaType = MEDIA_TYPE.dockerSchema1Layer;
  const layers: Layer[] = [];
  const steps = alignHistory(schema1.config, schema1.blobs.length, anomalies);
  for (const [index, digest] of schema1.blobs.entries()) {
    const where = `layer ${index + 1}`;
    const range = await source.files.find(source.pathOf(digest));
    if (range === undefined) anomalies.add('layer-absent', where, digest);
    layers.push({
      position: index + 1,
      mediaType,
      digest,
      size: range?.length,
      diffID: undefined,
      content:
        range === undefined
          ? { kind: 'absent', why: 'missing' }
          : blobContent(range, undefined, where, anomalies),
      step: steps[index],
    });
  }
  return {
    transport: chosen.transport,
    name: chosen.name,
    tags: chosen.tags.length > 0 || schema1.name === '' ? chosen.tags : [schema1.name],
    platform,
    descriptor: {
      ...chosen.descriptor,
      mediaType: chosen.descriptor.mediaType || MEDIA_TYPE.dockerSchema1Signed,
    },
    rawManifest: chosen.document.raw,
    rawConfig: schema1.rawConfig,
    rawIndex: chosen.rawIndex,
    config: schema1.config,
    annotations: new Map(),
    layers,
    siblings: chosen.siblings,
    anomalies: anomalies.list,
  };
}
