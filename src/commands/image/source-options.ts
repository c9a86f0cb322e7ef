import type { OpenOptions } from '../../images/source.js';
import type { Context } from '../program/context.js';

/** Returns what sources of images are opened with, whatever platform was asked for. */
export function sourceOptions({ storePaths, limits, signal, log }: Context): OpenOptions {
  return {
    limits,
    // Node makes a stream of it when it is first asked for.
    stdin: { [Symbol.asyncIterator]: () => process.stdin[Symbol.asyncIterator]() },
    spoolDir: storePaths.cache,
    store: storePaths.root,
    signal,
    log: (line) => log.info(line),
  };
}
