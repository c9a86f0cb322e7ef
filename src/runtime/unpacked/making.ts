import { failWriting, hostPath } from '../../layers/write/host-write.js';
import { SystemCallError } from '../sys/libc.js';

/** Runs a step of making a path of a layer; what the system refuses is told as {@link failWriting} does. */
export function making<T>({ path }: { readonly path: string }, step: () => T): T {
  try {
    return step();
  } catch (thrown) {
    if (thrown instanceof SystemCallError)
      failWriting(
        'unpacking',
        hostPath(path),
        Object.assign(new Error(thrown.message), { code: thrown.errno }),
      );
    return failWriting('unpacking', hostPath(path), thrown);
  }
}
