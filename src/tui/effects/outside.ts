import type { IndexedLayer } from '../../layers/index/index-image.js';
import type { Union } from '../../layers/union/union.js';
import type { Image, Layer } from '../../model/image.js';
import type { Limits } from '../../model/limits.js';
import type { Action } from '../state/action.js';
import type { TerminalStreams } from '../screen/lend.js';
import type { Loaded } from '../state/state.js';
import type { Bisect } from './bisect.js';
import type { Containers } from './containers.js';
import type { StepIn } from './step-in.js';

/** A second image, and how its layers are read: once, telling how many stored bytes it took in, until the signal aborts. */
export interface OtherImage {
  readonly image: Image;
  readonly read: (onBytes: (count: number) => void, signal: AbortSignal) => Promise<readonly IndexedLayer[]>;
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
  /** What was read of the first image. */
  readonly loaded: () => Loaded | undefined;
  readonly looked: () => Looked | undefined;
  readonly send: (action: Action) => void;
  /** `open`: an image to go on with. */
  readonly quit: (open?: string) => void;
  readonly suspend: () => void;
  /** What is done with containers; undefined where the explorer has nothing to do with any. */
  readonly stepIn: StepIn | undefined;
  /** Lends the terminal for as long as the deed takes; settles as that does, the screen there again. */
  readonly lend: <T>(deed: (terminal: TerminalStreams) => Promise<T>) => Promise<T>;
  /** The containers of the store; undefined where there are none to speak of. */
  readonly containers: Containers | undefined;
  readonly bisect: Bisect | undefined;
  readonly redraw: () => void;
  /** Filters the files by a text for nobody to see. */
  readonly rehearse: (filter: string) => void;
  /** Hands bytes to the terminal's clipboard (OSC 52). */
  readonly copy: (bytes: Uint8Array) => void;
}
