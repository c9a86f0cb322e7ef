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

/** An image and the names it is to have. */
export interface NamedImage {
  readonly image: OutgoingImage;
  readonly names: readonly string[];
}

/** Returns every blob of the images once, in the order of their digests. */
export function distinctBlobs(images: readonly OutgoingImage[]): readonly OutgoingBlob[] {
  const blobs = new Map<Digest, OutgoingBlob>();
  for (const { manifest, config, layers } of images)
    for (const blob of [manifest, config, ...layers])
      if (blob.read !== undefined && !blobs.has(blob.digest)) blobs.set(blob.digest, blob);
  return [...blobs.values()].sort((a, b) => (a.digest < b.digest ? -1 : 1));
}
