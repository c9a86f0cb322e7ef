import type { ContainerFolder } from '../container/folder.js';
import { unmountIfAny } from '../sys/mount.js';

/**
 * Takes away whatever `mountContainer` mounted in the mount namespace of this process. It goes before anything of the
 * run folder is removed, or what the user mounts would be.
 */
export function unmountContainer(folder: ContainerFolder): void {
  for (const place of [folder.volumes, folder.rootfs, folder.base, folder.lower])
    // A snapshot with shifted ids is mounted upon itself.
    while (unmountIfAny(place));
}
