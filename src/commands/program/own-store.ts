import { checkIsNotAFile } from '../../store/not-a-file.js';
import type { Store } from '../../store/store.js';
import type { Context } from './context.js';

/**
 * Returns the store, for what is asked of the store itself. Throws E_STORE where a regular file is in its place, before
 * anything warns that it cannot be written: that would tell the same twice.
 */
export async function ownStore(context: Pick<Context, 'store' | 'storePaths'>): Promise<Store> {
  checkIsNotAFile(context.storePaths.root);
  return context.store();
}
