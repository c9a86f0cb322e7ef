import type { PackageCache } from './package-caches.js';
import type { Union } from '../union/union.js';

/**
 * What becomes of stored bytes. The place in the list is what {@link Classified} holds.
 * - `live`: content that the snapshot shows.
 * - `duplicate`: content that it shows too, and that it shows already at another path (other entry, same digest).
 * - `overwritten`: another content took its place.
 * - `deleted`: a whiteout, an opaque directory or what replaced a directory above took it away.
 * - `metadata-copy`: stored again with the same content, for another mode, owner, time or xattr, or for nothing.
 * - `framing`: what a tar is besides contents: headers, padding, the end mark.
 */
export const WASTE_CLASSES = [
  'live',
  'duplicate',
  'overwritten',
  'deleted',
  'metadata-copy',
  'framing',
] as const;

export type WasteClass = (typeof WASTE_CLASSES)[number];

/** Every entry of the layers 1..n with its class. The lists are by layer (index 0 is layer 1), then by row. */
export interface Classified {
  readonly union: Union;
  readonly n: number;
  /** Place in {@link WASTE_CLASSES}. Entries without stored content are `framing`. */
  readonly classOf: readonly Uint8Array[];
  /** The layer that hid the content; 0 while it is shown. */
  readonly goneIn: readonly Uint16Array[];
  /** Of a metadata copy: in what the version that followed differs, a mask of facets.ts; 0: in nothing. */
  readonly facetsOf: readonly Uint8Array[];
  /** Of a duplicate: the layer that has the same content first; else 0. */
  readonly twinIn: readonly Uint16Array[];
  /** Of an entry that copies what its path showed before: the layer that stored that content there first; else 0. */
  readonly originIn: readonly Uint16Array[];
  /** How many paths of the snapshot show the content; 65,535 stands for as many or more. */
  readonly names: readonly Uint16Array[];
  /** Of a metadata copy: 1 + row of a copy in the layer that hid it; 0: not known. Undefined for a layer without copies. */
  readonly copiedBy: readonly (Uint32Array | undefined)[];
  /**
   * By row: of a copy whose path showed before what another name (a hard link) still shows, in what it differs from that,
   * a mask of facets.ts. It is no waste by class, for both are shown.
   */
  readonly brokenFor: readonly (ReadonlyMap<number, number> | undefined)[];
}

export interface ClassSum {
  readonly class: WasteClass;
  /** Plain (uncompressed) bytes. */
  readonly bytes: number;
  /** Entries whose content they are; of `framing` all entries. */
  readonly entries: number;
  /** Estimate of what they take compressed; undefined where a layer's stored size is not known. */
  readonly compressedBytes: number | undefined;
}

/** Sums of a stack or of one layer: `bytes` is the sum of the classes' bytes exactly. */
export interface WasteSums {
  readonly bytes: number;
  /** All but framing. */
  readonly contentBytes: number;
  /** In the order of {@link WASTE_CLASSES}, all of them. */
  readonly classes: readonly ClassSum[];
  /** Overwritten, deleted and metadata copies: what a better build would not have stored. */
  readonly wastedBytes: number;
  /** Estimate of what the wasted bytes take compressed; undefined where a layer's stored size is not known. */
  readonly wastedCompressedBytes: number | undefined;
}

export interface LayerWaste extends WasteSums {
  readonly layer: number;
}

/**
 * Why bytes are stored that need not be. Copies are named by what they were made for; the owner counts before the mode,
 * the mode before attributes, these before times.
 * - `copied-again`: stored again although nothing differs.
 * - `stored-twice`: the same layer replaced or hid it.
 * - `package-cache`: shown, and only in caches of package managers.
 */
export const WASTE_CAUSES = [
  'chown-copy',
  'chmod-copy',
  'xattr-copy',
  'touch-copy',
  'copied-again',
  'deleted-later',
  'overwritten',
  'stored-twice',
  'duplicate',
  'package-cache',
] as const;

export type WasteCauseName = (typeof WASTE_CAUSES)[number];

/** The causes that store a content again at its path. */
export type CopyCause = Extract<WasteCauseName, `${string}-copy` | 'copied-again'>;

/** Bytes that one layer stored and that one cause made needless. */
export interface WasteCause {
  readonly cause: WasteCauseName;
  /** The layer that stores them. */
  readonly layer: number;
  /** The layer that had the content at the paths first: another one than `layer` for the copy of a copy. */
  readonly originLayer: number;
  /** The layer that hid them, or that has the same content first; undefined for a package cache. */
  readonly otherLayer: number | undefined;
  /** The package manager's cache that they lie in. */
  readonly cache: PackageCache | undefined;
  /** Of duplicates that are copies of what the paths showed before, which another name still shows: what made them. */
  readonly copy: CopyCause | undefined;
  readonly bytes: number;
  readonly entries: number;
  readonly compressedBytes: number | undefined;
  /** The largest, at most {@link MOST_PATHS}, largest first. */
  readonly paths: readonly { readonly path: string; readonly bytes: number }[];
  /** Whether the layer that made them waste (of a duplicate and a cache: the one that stores them) is the base image's. */
  readonly base: boolean;
  /** What to do about it, in words. */
  readonly fix: string;
}

/** Paths that a cause names. */
export const MOST_PATHS = 5;

/** Everything that is told about a stack. */
export interface Waste extends WasteSums {
  /** The part of the content that is not wasted, 0 to 1; 1 without content. */
  readonly efficiency: number;
  /** Bytes of wasted classes at ignored paths, which `wastedBytes`, `efficiency` and `causes` leave out. */
  readonly ignoredBytes: number;
  /** Layers of the base image, as far as the history tells; 0 when it does not. */
  readonly baseLayers: number;
  /** Base first. */
  readonly layers: readonly LayerWaste[];
  /** Most bytes first. */
  readonly causes: readonly WasteCause[];
}
