import type { ContainerFolder } from '../container/folder.js';
import { SystemCallError } from '../sys/libc.js';
import { unmount } from '../sys/mount.js';

/**
 * Takes away from this process's own mount namespace what mountRootfs put there, so that the container's folders can be
 * removed. What is not there is no error.
 */
export function unmountRootfs({ rootfs, lower }: Pick<ContainerFolder, 'rootfs' | 'lower'>): void {
  // The snapshot may have an idmapped view upon it.
  for (const place of [rootfs, lower, lower])
    try {
      unmount(place);
    } catch (thrown) {
      if (!(thrown instanceof SystemCallError)) throw thrown;
    }
}
