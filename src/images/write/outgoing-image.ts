import type { Digest } from '../../model/digest.js';
import type { Platform } from '../../model/platform.js';

/** One blob as it is to be written. */
export interface OutgoingBlob {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  /** Yields the bytes, which are verified at their end; undefined for a layer that is held elsewhere. */
  readonly read: (() => AsyncIterable<Uint8Array>) | undefined;
}

export interface OutgoingLayer extends OutgoingBlob {
  /** Of the plain tar. */
  readonly diffID: Digest;
  readonly urls: readonly string[];
  readonly annotations: ReadonlyMap<string, string>;
}

/** An image as its documents and blobs, ready for any target. */
export interface OutgoingImage {
  readonly manifest: OutgoingBlob;
  readonly config: OutgoingBlob;
  /** Base first. */
  readonly layers: readonly OutgoingLayer[];
  readonly platform: Platform | undefined;
  /** Whether the manifest is the source's own, byte for byte. */
  readonly kept: boolean;
  /** What is not as the source has it, in words for the user. */
  readonly notes: readonly string[];
}

/** A document that names others, or an artifact, with all that it leads to, byte for byte. */
export interface OutgoingTree {
  readonly manifest: OutgoingBlob;
  /** The manifests and indexes below it. */
  readonly manifests: readonly OutgoingBlob[];
  /** Configurations, layers and whatever else the manifests name. */
  readonly blobs: readonly OutgoingBlob[];
  /** Whether the document at the top is the source's own, byte for byte. */
  readonly kept: boolean;
  /** What is not as the source has it, in words for the user. */
  readonly notes: readonly string[];
}

export type Outgoing = OutgoingImage | OutgoingTree;

export function isTree(outgoing: Outgoing): outgoing is OutgoingTree {
  return 'manifests' in outgoing;
}

/** What is to be written, and the names it is to have. */
export interface Named<T extends Outgoing = Outgoing> {
  readonly image: T;
  readonly names: readonly string[];
}

export type NamedImage = Named<OutgoingImage>;

/** Returns every blob of these once, in the order of their digests. */
export function distinctBlobs(images: readonly Outgoing[]): readonly OutgoingBlob[] {
  const blobs = new Map<Digest, OutgoingBlob>();
  for (const image of images)
    for (const blob of blobsOf(image))
      if (blob.read !== undefined && !blobs.has(blob.digest)) blobs.set(blob.digest, blob);
  return [...blobs.values()].sort((a, b) => (a.digest < b.digest ? -1 : 1));
}

function blobsOf(image: Outgoing): readonly OutgoingBlob[] {
  if (isTree(image)) return [image.manifest, ...image.manifests, ...image.blobs];
  return [image.manifest, image.config, ...image.layers];
}
