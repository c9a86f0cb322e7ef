import type { Anomaly } from './anomaly.js';
import type { ByteRange } from './byte-range.js';
import type { Compression } from './compression.js';
import type { Descriptor } from './descriptor.js';
import type { Digest } from './digest.js';
import type { HistoryStep, ImageConfig } from './image-config.js';
import type { Platform } from './platform.js';

/** Where an image came from; containers-transports(5) names, and ours. */
export type Transport = 'docker-archive' | 'oci' | 'oci-archive' | 'dir' | 'rootfs' | 'store';

export type { Compression } from './compression.js';

/** Where the bytes of a layer are. */
export type LayerContent =
  /** A blob, compressed or plain. */
  | { readonly kind: 'blob'; readonly range: ByteRange; readonly compression: Compression }
  /** A directory tree of the host (`rootfs:DIR`), read through its own tar stream, never followed out of. */
  | { readonly kind: 'directory'; readonly path: string }
  /** Not to be had: foreign, missing from the source, or encrypted. */
  | { readonly kind: 'absent'; readonly why: 'foreign' | 'missing' | 'encrypted' };

/** One layer of an image. A value: opening it is `io`, indexing it is `layers`. */
export interface Layer {
  /** 1 is the base. */
  readonly position: number;
  /** Media type as the manifest gives it, or the one the bytes have (docker-archive has none). */
  readonly mediaType: string;
  /** Digest of the blob as stored; undefined where the source promises none (docker-archive, dir trees). */
  readonly digest: Digest | undefined;
  /** Bytes of the blob as stored, as far as known. */
  readonly size: number | undefined;
  /** Digest of the plain tar as the config promises it; undefined for a rootfs tar or directory. */
  readonly diffID: Digest | undefined;
  readonly content: LayerContent;
  /** The step of the history that made it. */
  readonly step: HistoryStep | undefined;
}

/** An immutable view of one image. */
export interface Image {
  readonly transport: Transport;
  /** What to call it, complete with transport: `docker-archive:app.tar:app:1`. */
  readonly name: string;
  /** Tags the source gives this image. */
  readonly tags: readonly string[];
  readonly platform: Platform | undefined;
  /** The image manifest's own descriptor; undefined where the source has no manifest (docker-archive, rootfs). */
  readonly descriptor: Descriptor | undefined;
  /** Bytes exactly as stored: an OCI or v2s2 manifest, the entry of manifest.json, or undefined for rootfs. */
  readonly rawManifest: Uint8Array | undefined;
  readonly rawConfig: Uint8Array | undefined;
  /** The top index.json or manifest.json the image was chosen from. */
  readonly rawIndex: Uint8Array | undefined;
  readonly config: ImageConfig;
  readonly annotations: ReadonlyMap<string, string>;
  /** Base first. */
  readonly layers: readonly Layer[];
  /** Other manifests beside this one: platforms, attestations, artifacts. */
  readonly siblings: readonly Sibling[];
  readonly anomalies: readonly Anomaly[];
}

/** A manifest that the source holds beside the chosen image. */
export interface Sibling {
  readonly descriptor: Descriptor;
  readonly role: 'image' | 'attestation' | 'artifact' | 'index' | 'unknown';
  readonly platform: Platform | undefined;
  readonly tags: readonly string[];
  /** Whether its blob is in the source. */
  readonly present: boolean;
}

/** Returns the bytes of the layers as stored, where their sizes are known. */
export function storedBytes(layers: readonly Pick<Layer, 'size'>[]): number {
  return layers.reduce((sum, { size }) => sum + (size ?? 0), 0);
}
