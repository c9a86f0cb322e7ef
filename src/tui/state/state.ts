import type { Step } from '../../layers/history/history.js';
import type { Classified, Waste } from '../../layers/waste/waste.js';
import type { Anomaly } from '../../model/anomaly.js';
import type { Image } from '../../model/image.js';
import type { Keymap } from '../keys/keymap.js';
import type { Role, ThemeName } from '../rows/theme.js';
import type { SortKey } from '../tree/child-order.js';
import type { FoundNodes } from '../tree/file-match.js';
import type { FileTree, Forest } from '../tree/file-tree.js';
import type { Hidden } from '../tree/shown-rows.js';
import type { Beside, LayerFacts } from './second-image.js';
import type { Question } from './container-action.js';
import type { Page } from './page.js';

/** `beside` is the stack of the second image. */
export type Pane = 'layers' | 'beside' | 'files' | 'details' | 'image';

/** What was read of the layers so far: the stack from the base up to layer `count`. */
export interface Loaded {
  readonly count: number;
  readonly forest: Forest;
  /** Base first. */
  readonly layers: readonly LayerFacts[];
  readonly anomalies: readonly Anomaly[];
}

/** Where bytes are wasted, known some time after all layers are. */
export interface Judged {
  readonly waste: Waste;
  readonly classOf: Classified['classOf'];
  readonly found: FoundNodes;
}

export interface Loading {
  /** Stored bytes. */
  readonly done: number;
  readonly total: number;
}

/** A line that is being typed. */
export interface Prompt {
  readonly kind: 'filter' | 'search' | 'extract' | 'bisect' | 'changes' | 'commit-name' | 'commit-message';
  readonly label: string;
  readonly text: string;
  /** Characters before the cursor. */
  readonly at: number;
  /** What stood there before, for Esc. */
  readonly before: string;
  /** What was typed, while a command of before stands there. */
  readonly draft?: string;
}

export interface Message {
  readonly text: string;
  readonly role: Role;
}

/** Everything the screen shows; made anew by every action. */
export interface State {
  readonly width: number;
  readonly height: number;
  readonly image: Image;
  /** Layers of the image. */
  readonly top: number;
  readonly steps: ReadonlyMap<number, Step>;
  readonly keymap: Keymap;
  readonly theme: ThemeName;
  readonly loaded: Loaded | undefined;
  readonly loading: Loading | undefined;
  /** Why no more layers are read, and what to do about it. */
  readonly failed?: readonly string[] | undefined;
  readonly judged: Judged | undefined;
  readonly pane: Pane;
  /** The layer whose snapshot is shown, from 1; 0 for an image without layers. */
  readonly layer: number;
  /** Marked layers, at most two. */
  readonly marks: readonly number[];
  /** Compare with nothing (all changes up to the layer), not with the layer below. */
  readonly fromBase: boolean;
  readonly onlyChanges: boolean;
  readonly hide: Hidden;
  readonly sort: SortKey;
  readonly attributes: boolean;
  readonly filter: string;
  /** Directories that are open when there is no filter. */
  readonly open: Uint8Array;
  /** Whether directories that come with a new layer start open. */
  readonly unfolded: boolean;
  readonly tree: FileTree | undefined;
  /** Node of the row with the cursor; 0: none. */
  readonly cursor: number;
  /** The node that the cursor was on before that lost its row, and the one that it was put on instead. */
  readonly away?: { readonly node: number; readonly at: number } | undefined;
  /** First rows that are seen. */
  readonly filesTop: number;
  readonly layersTop: number;
  readonly detailsTop: number;
  readonly imageTop: number;
  /** undefined without a second image. */
  readonly beside: Beside | undefined;
  readonly page: Page | undefined;
  /** Number of the last question that was asked of the outside. */
  readonly asked: number;
  readonly prompt: Prompt | undefined;
  /** What is being done with a container, raw text. */
  readonly stepping: string | undefined;
  /** The container whose changes were looked at last. */
  readonly stepped: { readonly id: string; readonly name: string } | undefined;
  /** What is to be answered with y or another key. */
  readonly question: Question | undefined;
  /** Commands that were searched with, oldest first. */
  readonly bisected: readonly string[];
  readonly message: Message | undefined;
}

export interface StartOptions {
  readonly width: number;
  readonly height: number;
  readonly image: Image;
  /** Layers of the image. */
  readonly n: number;
  /** The snapshot that was asked for. */
  readonly layer: number;
  readonly steps: readonly Step[];
  readonly keymap: Keymap;
  readonly theme: ThemeName;
  readonly sort?: SortKey | undefined;
  readonly hide?: Partial<Hidden> | undefined;
  readonly unfolded?: boolean | undefined;
  readonly attributes?: boolean | undefined;
  /** The second image, and the snapshot of it that was asked for. */
  readonly other?: Pick<StartOptions, 'image' | 'layer' | 'steps'> | undefined;
  readonly message?: Message | undefined;
  /** The container whose changes were looked at last. */
  readonly stepped?: State['stepped'];
}

/** Returns the state of the first screen, made from the manifest alone. */
export function startState(options: StartOptions): State {
  const { width, height, image, n, layer, steps, keymap, theme } = options;
  return {
    width,
    height,
    image,
    top: n,
    steps: byLayer(steps),
    keymap,
    theme,
    loaded: undefined,
    loading: undefined,
    judged: undefined,
    pane: keymap.profile === 'dive' ? 'layers' : 'files',
    layer,
    marks: [],
    fromBase: false,
    onlyChanges: false,
    hide: { added: false, removed: false, modified: false, same: false, ...options.hide },
    sort: options.sort ?? 'size',
    attributes: options.attributes ?? true,
    filter: '',
    open: new Uint8Array(1),
    unfolded: options.unfolded ?? keymap.profile === 'dive',
    tree: undefined,
    cursor: 0,
    filesTop: 0,
    layersTop: 0,
    detailsTop: 0,
    imageTop: 0,
    beside: besideOf(options.other),
    page: undefined,
    asked: 0,
    prompt: undefined,
    stepping: undefined,
    stepped: options.stepped,
    question: undefined,
    bisected: [],
    message: options.message,
  };
}

function besideOf(other: StartOptions['other']): Beside | undefined {
  if (other === undefined) return undefined;
  const { image, layer, steps } = other;
  return {
    image,
    top: image.layers.length,
    steps: byLayer(steps),
    layer,
    layersTop: 0,
    side: 'second',
    shown: false,
    read: undefined,
  };
}

function byLayer(steps: readonly Step[]): ReadonlyMap<number, Step> {
  return new Map(steps.flatMap((step) => (step.layer === undefined ? [] : [[step.layer, step] as const])));
}
