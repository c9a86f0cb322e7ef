import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Yields what `source` yields, and has it make the next one a turn of the event loop after the receiver was given one: while
 * a decoder is at work on that in another thread. What the source throws comes behind all that it yielded. It is closed when
 * the reading stops early, once it has made what it was asked for: it must not be one that waits for somebody.
 */
export async function* ahead<T>(source: AsyncIterable<T>): AsyncGenerator<T, void> {
  const steps = source[Symbol.asyncIterator]();
  const following = (): Promise<IteratorResult<T>> => {
    const step = nextTurn().then(() => steps.next());
    // It is heard where it is awaited, which a reader that stops never does.
    step.catch(() => undefined);
    return step;
  };
  try {
    for (let step = await steps.next(); step.done !== true;) {
      const next = following();
      yield step.value;
      step = await next;
    }
  } finally {
    await steps.return?.();
  }
}
