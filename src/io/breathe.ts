import { setImmediate as nextTurn } from 'node:timers/promises';
import { fail } from '../model/error.js';

/** About 10 ms of hashing, and rare enough to cost nothing. */
const BYTES_BETWEEN = 4 * 1024 * 1024;
/** What a step costs besides its bytes, in bytes that could be hashed meanwhile: about 10 µs. */
const STEP_COST = 4 * 1024;

/**
 * Returns a function to call after every `count` bytes of work. Once in 4 MiB, or in a
 * thousand steps of next to nothing, it lets the event loop turn: synchronous
 * reads and decoders hand over by microtasks only, so that otherwise neither a signal nor a timer nor a message to the
 * worker would be heard until the end. Throws E_INTERRUPTED as soon as `signal` is aborted.
 */
export function createBreather(signal?: AbortSignal): (count: number) => Promise<void> | undefined {
  let since = 0;
  failWhenAborted(signal);
  return (count) => {
    failWhenAborted(signal);
    since += count + STEP_COST;
    if (since < BYTES_BETWEEN) return undefined;
    since = 0;
    return nextTurn().then(() => {
      failWhenAborted(signal);
    });
  };
}

/** Throws E_INTERRUPTED when `signal` is aborted. */
export function failWhenAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) fail('E_INTERRUPTED', 'reading the image: interrupted', { cause: signal.reason });
}
