import { openPlain } from '../../io/blob.js';
import { readRange } from '../../io/read.js';
import { verified } from '../../io/verify.js';
import { createAnomalyLog } from '../../model/anomaly.js';
import type { Descriptor } from '../../model/descriptor.js';
import { type Digest, parseDigest } from '../../model/digest.js';
import { fail } from '../../model/error.js';
import type { Image, Layer } from '../../model/image.js';
import { parseJson } from '../../model/json-parse.js';
import type { Limits } from '../../model/limits.js';
import { readManifest } from '../../model/manifest.js';
import { layerMediaType, MEDIA_TYPE } from '../../model/media-type.js';
import { digestOf } from '../files.js';
import { makeManifest, ociLayerType } from './make-manifest.js';
import type { OutgoingBlob, OutgoingImage, OutgoingLayer } from './outgoing-image.js';

/** What a target cannot have. */
export interface TargetLimits {
  /** Only what classic Docker loads: no zstd, every layer there. */
  readonly classic: boolean;
}

export interface OutgoingOptions {
  readonly limits: Limits;
  readonly signal?: AbortSignal | undefined;
  /** Makes an OCI manifest of one of Docker's. */
  readonly toOci?: boolean;
}

/**
 * Returns an image as it is to be written: the source's own bytes wherever the target can hold them. Layers that have to
 * be read first, in order to know their digest or plain size, are, and are verified by it. Throws E_LAYER_UNAVAILABLE for
 * a layer that is needed and not here, E_MANIFEST for a schema 1 image, E_NOT_AN_IMAGE for a directory.
 */
export async function outgoingImage(
  image: Image,
  target: TargetLimits,
  options: OutgoingOptions,
): Promise<OutgoingImage> {
  const { rawManifest, rawConfig, descriptor, name } = image;
  if (rawConfig === undefined || image.layers.some(({ diffID }) => diffID === undefined))
    return fail('E_MANIFEST', `writing ${name}: it has no configuration, only files or a schema 1 manifest`, {
      hint: 'make it an image first, for example: podman import FILE NAME, or copy it with skopeo copy --format oci',
    });
  const manifest =
    descriptor === undefined || rawManifest === undefined
      ? undefined
      : readManifest(
          parseJson(rawManifest, 'the manifest', options.limits, 'E_MANIFEST'),
          descriptor.mediaType,
          options.limits,
          createAnomalyLog(),
        );
  const notes: string[] = [];
  const layers: OutgoingLayer[] = [];
  let changed = false;
  for (const [i, layer] of image.layers.entries()) {
    const found = await outgoingLayer(layer, manifest?.layers[i], target, options);
    layers.push(found.layer);
    if (found.note !== undefined) notes.push(`layer ${String(layer.position)}: ${found.note}`);
    changed ||= found.changed;
  }
  const isDocker = descriptor?.mediaType === MEDIA_TYPE.dockerManifest;
  const convert = isDocker && options.toOci === true;
  const configBlob: OutgoingBlob = inMemory(
    convert || manifest === undefined ? MEDIA_TYPE.ociConfig : manifest.config.mediaType,
    rawConfig,
    manifest?.config.digest,
  );
  const keep = rawManifest !== undefined && descriptor !== undefined && !changed && !convert;
  if (!keep && descriptor !== undefined)
    notes.push(
      `the manifest is a new one: ${convert ? "Docker's became an OCI one" : 'a layer is not as it was'}`,
    );
  return {
    manifest: keep
      ? inMemory(descriptor.mediaType, rawManifest, descriptor.digest)
      : inMemory(
          MEDIA_TYPE.ociManifest,
          makeManifest({ ...configBlob, mediaType: MEDIA_TYPE.ociConfig }, layers, image.annotations),
          undefined,
        ),
    config: keep ? configBlob : { ...configBlob, mediaType: MEDIA_TYPE.ociConfig },
    layers: keep ? layers : layers.map((layer) => ({ ...layer, mediaType: ociLayerType(layer.mediaType) })),
    platform: image.platform,
    kept: keep,
    notes,
  };
}

interface FoundLayer {
  readonly layer: OutgoingLayer;
  /** Whether its descriptor is another than the source's. */
  readonly changed: boolean;
  readonly note: string | undefined;
}

async function outgoingLayer(
  layer: Layer,
  stated: Descriptor | undefined,
  target: TargetLimits,
  options: OutgoingOptions,
): Promise<FoundLayer> {
  const { content, position, diffID } = layer;
  const what = `layer ${String(position)}`;
  if (diffID === undefined) return fail('E_INTERNAL', `writing ${what}: it has no diffID`);
  const extra = { diffID, urls: stated?.urls ?? [], annotations: stated?.annotations ?? new Map() };
  if (content.kind !== 'blob') {
    if (content.kind === 'absent' && content.why === 'foreign' && stated !== undefined && !target.classic) {
      const { mediaType, digest, size } = stated;
      const note = 'held elsewhere: the manifest names it, its bytes are not written';
      return { layer: { mediaType, digest, size, read: undefined, ...extra }, changed: false, note };
    }
    const why = content.kind === 'directory' ? 'a directory' : content.why;
    return fail('E_LAYER_UNAVAILABLE', `writing ${what}: it is ${why}`, {
      hint:
        why === 'foreign'
          ? 'an OCI layout or archive can name a layer that is held elsewhere; this form cannot'
          : 'only the manifest names it; its bytes are not in this image',
    });
  }
  const { range, compression } = content;
  const plainOptions = { range, compression, diffID, limits: options.limits, signal: options.signal, what };
  if (target.classic && compression === 'zstd') {
    const { diffID: digest, plainBytes } = await readThrough({ ...plainOptions, digest: layer.digest });
    const read = (): AsyncIterable<Uint8Array> =>
      openPlain({ ...plainOptions, digest: layer.digest, anomalies: createAnomalyLog() });
    return {
      layer: { mediaType: MEDIA_TYPE.ociLayer, digest, size: plainBytes, read, ...extra },
      changed: true,
      note: 'zstd, which this form does not have: written uncompressed',
    };
  }
  const digest = layer.digest ?? (compression === 'none' ? diffID : (await readThrough(plainOptions)).digest);
  const read = (): AsyncIterable<Uint8Array> =>
    verified(readRange(range, { signal: options.signal }), { digest, size: range.length, what });
  const ociType = `${MEDIA_TYPE.ociLayer}${compression === 'none' ? '' : `+${compression}`}`;
  const type = stated?.mediaType ?? layer.mediaType;
  // A source without descriptors only supposes the type.
  const mediaType = stated === undefined || layerMediaType(type).compression === undefined ? ociType : type;
  return {
    layer: { mediaType, digest, size: range.length, read, ...extra },
    changed: stated === undefined,
    note: undefined,
  };
}

async function readThrough(options: Omit<Parameters<typeof openPlain>[0], 'anomalies'>) {
  const blob = openPlain({ ...options, anomalies: createAnomalyLog() });
  const chunks = blob[Symbol.asyncIterator]();
  while ((await chunks.next()).done !== true);
  return blob.result();
}

/** Returns a document as a blob; its digest is computed unless it is known. */
export function inMemory(mediaType: string, bytes: Uint8Array, digest: Digest | undefined): OutgoingBlob {
  return {
    mediaType,
    digest: digest ?? parseDigest(digestOf(bytes)),
    size: bytes.length,
    async *read() {
      yield await Promise.resolve(bytes);
    },
  };
}
