import type { Step } from '../../layers/history/history.js';
import type { Image } from '../../model/image.js';
import type { Forest } from '../tree/file-tree.js';

/** What is known of one layer once it was read. */
export interface LayerFacts {
  readonly storedBytes: number | undefined;
  readonly plainBytes: number;
  readonly entries: number;
  readonly added: number;
  readonly modified: number;
  readonly removed: number;
}

export type Side = 'first' | 'second';

/** What was read of the second image. */
export interface BesideRead {
  /** Of both stacks, joined. */
  readonly forest: Forest;
  /** Of the second image, base first. */
  readonly layers: readonly LayerFacts[];
  /** Numbers of layers that both have: those of the other image by those of the one. */
  readonly shared: Readonly<Record<Side, ReadonlyMap<number, number>>>;
}

/** A second image beside the first. */
export interface Beside {
  readonly image: Image;
  /** Layers of it. */
  readonly top: number;
  readonly steps: ReadonlyMap<number, Step>;
  /** Its snapshot that is compared. */
  readonly layer: number;
  readonly layersTop: number;
  /** The side that the keys of time move and whose files are opened. */
  readonly side: Side;
  /** Whether the difference is shown, not the first image alone. */
  readonly shown: boolean;
  readonly read: BesideRead | undefined;
}
