import { rename } from 'node:fs/promises';
import path from 'node:path';
import { isAbsent } from './failure.js';
import { TEMPORARY } from './layout-names.js';
import { ownerTag } from './owner.js';
import type { Store } from './store.js';

/**
 * Moves what is to be removed away, so that from then on nobody finds it, and returns where it is; undefined when it is gone.
 * There it can still be looked at and moved back; should this process be killed, the next strata removes it. Throws what the
 * file system throws.
 */
export async function moveAside(store: Store, place: string): Promise<string | undefined> {
  const aside = path.join(store.paths.root, TEMPORARY, ownerTag(store.owner));
  try {
    await rename(place, aside);
    return aside;
  } catch (thrown) {
    if (isAbsent(thrown)) return undefined;
    throw thrown;
  }
}
