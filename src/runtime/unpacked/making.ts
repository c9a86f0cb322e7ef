import { failWriting, hostPath, showPath } from '../../layers/write/host-write.js';
import { errnoOf, failStore } from '../../store/failure.js';
import { SystemCallError } from '../sys/libc.js';

/** Runs a step of making a path of a layer; what the system refuses is told as {@link failStore} and {@link failWriting} do. */
export function making<T>({ path }: { readonly path: string }, step: () => T): T {
  try {
    return step();
  } catch (thrown) {
    const error =
      thrown instanceof SystemCallError
        ? Object.assign(new Error(thrown.message), { code: thrown.errno })
        : thrown;
    // It is the store that is full.
    if (['ENOSPC', 'EDQUOT'].includes(errnoOf(error)))
      failStore(`unpacking ${showPath(hostPath(path))}`, error);
    return failWriting('unpacking', hostPath(path), error);
  }
}
