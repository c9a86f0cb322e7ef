import { entryAt, type LayerIndex } from '../../layers/index/layer-index.js';
import type { ContentOptions } from '../../layers/read/content.js';
import type { Action } from '../state/action.js';

/** How a file is read whose reader waits for it. */
export interface ReadingOptions extends ContentOptions {
  /** Told which part of the reading is done, from 0 to 1. */
  readonly onPart?: ((part: number) => void) | undefined;
}

/**
 * Returns the options to read the file at `row` up to byte `until` of it: what a compressed layer has before it has to be
 * gone over, and is a part of the reading.
 */
export function towards(
  index: LayerIndex,
  row: number,
  until: number,
  { onPart, ...options }: ReadingOptions,
): ContentOptions {
  if (onPart === undefined) return options;
  const end = Math.max(1, entryAt(index, row).dataOffset + until);
  return { ...options, onPosition: (position) => onPart(Math.min(1, position / end)) };
}

/** Returns what tells the page with that id how many percent are done, each number once. */
export function percentTeller(id: number, send: (action: Action) => void): (part: number) => void {
  let told = -1;
  return (part) => {
    const percent = Math.min(99, Math.floor(part * 100));
    if (percent === told) return;
    told = percent;
    send({ type: 'progress', id, percent });
  };
}
