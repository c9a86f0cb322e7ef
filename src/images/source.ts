import type { Digest } from '../model/digest.js';
import type { Image } from '../model/image.js';
import type { Limits } from '../model/limits.js';
import type { Platform } from '../model/platform.js';
import type { BlobSource } from './assemble.js';
import type { ListedImage } from './listing.js';
import type { ManifestNode } from './manifest-tree.js';

export interface OpenOptions {
  /** Asked for by the user; undefined takes the host's among several, and any when there is only one. */
  readonly platform?: Platform | undefined;
  readonly limits?: Limits;
  /** What `-` reads. */
  readonly stdin?: AsyncIterable<Uint8Array>;
  /** Where an input that cannot be read in place is kept, in a file without a name, until `close`. */
  readonly spoolDir: string;
  /** The directory of the local store, an OCI image layout. */
  readonly store?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told in one line which kind of source was taken where the name did not say. */
  readonly log?: (line: string) => void;
}

/** One entry of a source: an image alone, or what leads to more than one. */
export type Held =
  | { readonly kind: 'image'; readonly image: Image }
  | {
      readonly kind: 'tree';
      readonly node: ManifestNode;
      readonly source: BlobSource;
      /** Opens an image of the tree. */
      readonly open: (digest: Digest) => Promise<Image>;
    };

/** What a reference names, before one image of it is chosen. */
export interface Source {
  open(): Promise<Image>;
  list(): Promise<readonly ListedImage[]>;
  /** Returns every image that the reference names, with all its platforms, in the order of the source. */
  all(): Promise<readonly Held[]>;
  close(): Promise<void>;
}

/** Returns a source that can hold one image only. */
export function single(label: string, opened: () => Image | Promise<Image>): Source {
  const open = (): Promise<Image> => Promise.resolve().then(opened);
  return {
    open,
    all: async () => [{ kind: 'image', image: await open() }],
    list: async () => {
      const image = await open();
      const { descriptor, platform, tags } = image;
      return [
        {
          name: label,
          tags,
          digest: descriptor?.digest,
          role: 'image',
          platform,
          present: true,
          nested: false,
        },
      ];
    },
    close: nothingToClose,
  };
}

export const nothingToClose = (): Promise<void> => Promise.resolve();
