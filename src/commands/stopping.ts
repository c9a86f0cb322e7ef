import { stopIfAborted } from './failure.js';

/** Yields the items until the signal is raised; then throws E_INTERRUPTED. */
export function* stopping<T>(items: Iterable<T>, signal: AbortSignal): Generator<T> {
  for (const item of items) {
    stopIfAborted(signal);
    yield item;
  }
}
