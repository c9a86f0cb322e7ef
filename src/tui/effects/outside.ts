import type { IndexedLayer } from '../../layers/index-image.js';
import type { Union } from '../../layers/union.js';
import type { Image, Layer } from '../../model/image.js';
import type { Limits } from '../../model/limits.js';
import type { Action } from '../state/action.js';

/** A second image, and how its layers are read: once, telling how many stored bytes it took in. */
export interface OtherImage {
  readonly image: Image;
  readonly read: (onBytes: (count: number) => void) => Promise<readonly IndexedLayer[]>;
}

/** The stack that is looked at: of one image, or of two joined. */
export interface Looked {
  readonly union: Union;
  /** By number in the union; the one between two images is never read. */
  readonly layers: readonly Layer[];
}

/** What effects need of the world. */
export interface Outside {
  readonly limits: Limits;
  readonly other: OtherImage | undefined;
  readonly looked: () => Looked | undefined;
  readonly send: (action: Action) => void;
  readonly quit: () => void;
  readonly suspend: () => void;
  readonly redraw: () => void;
  /** Hands bytes to the terminal's clipboard (OSC 52). */
  readonly copy: (bytes: Uint8Array) => void;
}
