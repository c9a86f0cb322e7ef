import { stopIfAborted } from './failure.js';

/** Yields the items until the signal is raised; then throws E_INTERRUPTED. */
export function* stopping<T>(items: Iterable<T>, signal: AbortSignal): Generator<T> {
  for (const item of items) {
    stopIfAborted(signal);
    yield item;
  }
}

/** Yields what `make` makes of each item, when it is asked for. */
export function* mapped<T, U>(items: Iterable<T>, make: (item: T) => U): Generator<U> {
  for (const item of items) yield make(item);
}

/** Yields the first items, all when `most` is undefined. */
export function* atMost<T>(items: Iterable<T>, most: number | undefined): Generator<T> {
  let left = most ?? Infinity;
  if (left === 0) return;
  for (const item of items) {
    yield item;
    left -= 1;
    if (left <= 0) return;
  }
}
