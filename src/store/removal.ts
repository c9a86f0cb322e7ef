import { stopIfAborted } from './failure.js';
import type { Store } from './store.js';

/** How much was removed, or would be. */
export interface Tally {
  readonly files: number;
  readonly bytes: number;
}

/** Returns the tally of things that have so many bytes each. */
export function tallyOf(bytes: readonly number[]): Tally {
  return { files: bytes.length, bytes: bytes.reduce((sum, each) => sum + each, 0) };
}

/**
 * Removes each of these things that `remove` does not find to be used meanwhile; returns how much. Throws E_INTERRUPTED and
 * what `remove` throws.
 */
export async function removeEach<T extends { readonly bytes: number }>(
  store: Store,
  what: string,
  things: readonly T[],
  dryRun: boolean,
  remove: (thing: T) => Promise<boolean>,
): Promise<Tally> {
  const removed: number[] = [];
  for (const thing of things) {
    stopIfAborted(store.signal, `removing ${what}`);
    if (!dryRun && !(await remove(thing))) continue;
    removed.push(thing.bytes);
  }
  return tallyOf(removed);
}
