import type { ContainerFolder } from '../container/folder.js';
import { SystemCallError } from '../sys/libc.js';
import { unmount } from '../sys/mount.js';

/**
 * Takes away whatever `mountContainer` mounted in the mount namespace of this process. It goes before anything of the
 * run folder is removed, or what the user mounts would be.
 */
export function unmountContainer(folder: ContainerFolder): void {
  for (const place of [folder.volumes, folder.rootfs, folder.base, folder.lower])
    // A snapshot with shifted ids is mounted upon itself.
    while (isUnmounted(place));
}

function isUnmounted(place: string): boolean {
  try {
    unmount(place);
    return true;
  } catch (thrown) {
    // Nothing is mounted there, or nothing can be by whoever may not unmount.
    if (thrown instanceof SystemCallError && ['EINVAL', 'ENOENT', 'EPERM'].includes(thrown.errno))
      return false;
    throw thrown;
  }
}
