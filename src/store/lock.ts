import path from 'node:path';
import { failStore } from './failure.js';
import { ensureLayout } from './layout.js';
import { LOCKS } from './layout-names.js';
import { type HeldLock, holdLock, type LockOptions } from './lock-file.js';
import type { Store } from './store.js';

/**
 * Runs `deed` while this caller alone holds the store's lock `name`, and returns what it returns. Safe among parallel
 * processes and kill -9. Locks do not nest under one name. Throws E_LOCKED naming the holder, E_STORE on a read-only
 * store, E_UNWRITABLE, E_DISK_FULL, and what `deed` throws.
 */
export async function withLock<T>(
  store: Store,
  name: string,
  deed: (lock: HeldLock) => Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  await ensureLayout(store);
  let lock: HeldLock;
  try {
    lock = await holdLock(path.join(store.paths.root, LOCKS), name, store, options);
  } catch (thrown) {
    return failStore(`locking '${name}' of the store ${store.paths.root}`, thrown);
  }
  try {
    return await deed(lock);
  } finally {
    lock.release();
  }
}
