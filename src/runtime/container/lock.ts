import { withLock } from '../../store/lock.js';
import type { Store } from '../../store/store.js';

/**
 * Runs `deed` while nobody else makes, starts, changes or removes the container. Locks of killed processes are recovered.
 * Signals need no lock: who waits for an end must not keep others from hastening it. Throws what withLock throws.
 */
export function withContainerLock<T>(store: Store, id: string, deed: () => Promise<T>): Promise<T> {
  return withLock(store, `container-${id}`, deed);
}

/** Returns what lets go of the lock of a container, taken now; see {@link withContainerLock}. */
export function lockContainer(store: Store, id: string): Promise<() => Promise<void>> {
  return new Promise((resolve, reject) => {
    const held = withContainerLock(
      store,
      id,
      () =>
        new Promise<void>((release) => {
          resolve(() => {
            release();
            return held;
          });
        }),
    );
    held.catch(reject);
  });
}
