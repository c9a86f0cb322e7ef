import { readRange } from '../../io/read.js';
import { verified } from '../../io/verify.js';
import { createAnomalyLog } from '../../model/anomaly.js';
import type { Descriptor } from '../../model/descriptor.js';
import type { Digest } from '../../model/digest.js';
import { fail } from '../../model/error.js';
import type { Limits } from '../../model/limits.js';
import { readManifest } from '../../model/manifest.js';
import { layerMediaType, MEDIA_TYPE } from '../../model/media-type.js';
import { formatPlatform } from '../../model/platform.js';
import { makeRef } from '../../store/ref.js';
import type { BlobSource } from '../assemble.js';
import { checkSize, readBlobJson } from '../files.js';
import { flattenTree, type ManifestNode } from '../manifest-tree.js';
import { manifestDescriptor } from './index-document.js';
import { inMemory } from './outgoing.js';
import type { OutgoingBlob, OutgoingImage, OutgoingTree } from './outgoing-image.js';

export interface TreeOptions {
  readonly limits: Limits;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Returns an index, or an artifact, with everything below it that the source has, byte for byte. A platform that the source
 * only names is not there afterwards either, and `notes` says so. Throws E_BLOB_MISSING for a blob of a manifest that is
 * there, E_SIZE_MISMATCH, and for documents that are no manifests what reading them throws.
 */
export async function outgoingTree(
  node: ManifestNode,
  source: BlobSource,
  options: TreeOptions,
): Promise<OutgoingTree> {
  const blobs = new Map<Digest, OutgoingBlob>();
  const documents: OutgoingBlob[] = [];
  const notes: string[] = [];
  for (const one of flattenTree([node])) {
    const { descriptor } = one;
    if (!one.present && one !== node) {
      notes.push(`${titleOf(one)} is not in the source: the index alone names it`);
      continue;
    }
    documents.push(await documentBlob(one, source, options));
    if (one.role === 'index') continue;
    for (const named of await namedBlobs(descriptor, source, options)) {
      if (blobs.has(named.digest)) continue;
      const blob = await storedBlob(named, source, options);
      if (blob.read === undefined) notes.push(`${named.digest} is held elsewhere: its bytes are not written`);
      blobs.set(named.digest, blob);
    }
  }
  const [manifest, ...manifests] = documents;
  return { manifest, manifests, blobs: [...blobs.values()], kept: true, notes };
}

/** Returns images that differ in their platforms as one index of them (OCI image-spec 1.1 image-index.md). */
export function joinPlatforms(images: readonly OutgoingImage[]): OutgoingTree {
  const manifests = images.map((image) => makeRef(undefined, manifestDescriptor(image, new Map())).json);
  const document = { schemaVersion: 2, mediaType: MEDIA_TYPE.ociIndex, manifests };
  return {
    manifest: inMemory(MEDIA_TYPE.ociIndex, Buffer.from(JSON.stringify(document)), undefined),
    manifests: images.map(({ manifest }) => manifest),
    blobs: images.flatMap(({ config, layers }) => [config, ...layers]),
    kept: false,
    notes: [
      ...images.flatMap(({ notes }) => notes),
      'the index is a new one: the source lists its platforms side by side',
    ],
  };
}

function titleOf({ platform, descriptor }: ManifestNode): string {
  return platform === undefined ? descriptor.digest : formatPlatform(platform);
}

async function documentBlob(
  { descriptor, role }: ManifestNode,
  source: BlobSource,
  { signal }: TreeOptions,
): Promise<OutgoingBlob> {
  const { digest, size } = descriptor;
  const place = (source.manifestPathOf ?? source.pathOf)(digest);
  const range = await source.files.find(place);
  const what = `manifest ${digest}`;
  if (range === undefined)
    return fail('E_BLOB_MISSING', `reading ${what}: its blob is not in ${source.files.name}`);
  checkSize(range.length, size, what);
  const stated = role === 'index' ? MEDIA_TYPE.ociIndex : MEDIA_TYPE.ociManifest;
  return {
    mediaType: descriptor.mediaType === '' ? stated : descriptor.mediaType,
    digest,
    size,
    read: () => verified(readRange(range, { signal }), { digest, size, what }),
  };
}

async function namedBlobs(
  descriptor: Descriptor,
  source: BlobSource,
  { limits }: TreeOptions,
): Promise<readonly Descriptor[]> {
  const place = (source.manifestPathOf ?? source.pathOf)(descriptor.digest);
  const { root } = await readBlobJson(source.files, place, descriptor, 'manifest', limits, 'E_MANIFEST');
  const { config, layers } = readManifest(root, descriptor.mediaType, limits, createAnomalyLog());
  return [config, ...layers];
}

async function storedBlob(
  { digest, size, mediaType, urls }: Descriptor,
  source: BlobSource,
  { signal }: TreeOptions,
): Promise<OutgoingBlob> {
  const range = await source.files.find(source.pathOf(digest));
  const what = `blob ${digest}`;
  if (range === undefined) {
    if (urls.length > 0 || layerMediaType(mediaType).foreign)
      return { mediaType, digest, size, read: undefined };
    return fail('E_BLOB_MISSING', `reading ${what}: it is not in ${source.files.name}`, {
      hint: 'the image was copied incompletely; copy it again',
    });
  }
  checkSize(range.length, size, what);
  return {
    mediaType,
    digest,
    size,
    read: () => verified(readRange(range, { signal }), { digest, size, what }),
  };
}
