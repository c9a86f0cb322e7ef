import { secondSnapshot } from '../../layers/compare/second-snapshot.js';
import type { Beside, LayerFacts, Side } from './second-image.js';
import type { State } from './state.js';

/** The letters that the sides have on the screen. */
export const SIDE_LETTERS: Readonly<Record<Side, string>> = { first: 'A', second: 'B' };

/** Returns the second image while the difference is shown. */
export function shownBeside({ beside }: Pick<State, 'beside'>): Beside | undefined {
  return beside?.shown === true ? beside : undefined;
}

/** The side that the keys of time move: the first where there is one image. */
export function sideOf(state: Pick<State, 'beside'>): Side {
  return shownBeside(state)?.side ?? 'first';
}

/** One stack of layers, as the panes show it. */
export interface StackView extends Pick<Beside, 'image' | 'top' | 'steps' | 'layer' | 'layersTop'> {
  readonly facts: readonly LayerFacts[];
  /** Number of the same layer in the other image. */
  readonly shared: ReadonlyMap<number, number>;
}

const NONE_SHARED: ReadonlyMap<number, number> = new Map();

/** Returns the stack of a side. */
export function stackOf(state: State, side: Side): StackView {
  const beside = shownBeside(state);
  const shared = beside?.read?.shared[side] ?? NONE_SHARED;
  if (side === 'second' && beside !== undefined)
    return { ...beside, facts: beside.read?.layers ?? [], shared };
  const { image, top, steps, layer, layersTop, loaded } = state;
  return { image, top, steps, layer, layersTop, facts: loaded?.layers ?? [], shared };
}

/** Returns the layer that a number of the tree's union stands for. */
export function layerIn(state: State, n: number): { readonly side: Side; readonly layer: number } {
  return shownBeside(state) === undefined || n <= state.top
    ? { side: 'first', layer: n }
    : { side: 'second', layer: n - secondSnapshot(state.top, 0) };
}

/** Returns how a layer is called: its number, with the letter of its image where there are two. */
export function layerName(state: State, n: number): string {
  const { side, layer } = layerIn(state, n);
  return shownBeside(state) === undefined ? `layer ${layer}` : `${SIDE_LETTERS[side]}@${layer}`;
}

/** Returns what the snapshot whose files are opened is called. */
export function snapshotName(state: State): string {
  const side = sideOf(state);
  const { layer } = stackOf(state, side);
  return shownBeside(state) === undefined ? `layer ${layer}` : `${SIDE_LETTERS[side]}@${layer}`;
}
