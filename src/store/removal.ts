import { stopIfAborted } from './failure.js';
import type { Store } from './store.js';

/** How much was removed, or would be. */
export interface Tally {
  readonly files: number;
  readonly bytes: number;
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
  let files = 0;
  let bytes = 0;
  for (const thing of things) {
    stopIfAborted(store.signal, `removing ${what}`);
    if (!dryRun && !(await remove(thing))) continue;
    files += 1;
    bytes += thing.bytes;
  }
  return { files, bytes };
}
