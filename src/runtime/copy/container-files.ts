import { closeSync, constants, existsSync, openSync } from 'node:fs';
import { fail } from '../../model/error.js';
import { readBundle } from '../container/bundle.js';
import { withContainerLock } from '../container/lock.js';
import { enterContainerMounts, mountContainer } from '../rootfs/mount-rootfs.js';
import type { ContainerRecord } from '../container/record.js';
import { withRunningRoot } from '../container/running-root.js';
import { type ContainerPlace, folderOf, isAlive, stateOf } from '../container/state.js';
import type { MountConfig } from '../spec/runtime-config.js';
import { SystemCallError } from '../sys/libc.js';
import { MOUNT_ATTRIBUTE, mountBind } from '../sys/mount.js';
import { rememberMounts } from '../sys/namespace.js';
import { O_PATH, openInside } from '../sys/open-inside.js';

const { O_DIRECTORY, O_RDONLY } = constants;

/**
 * Calls `use` with a descriptor of the root directory of a container's files, its volumes in their places: of a running one as
 * its first process sees them; of another they are mounted as for a start, which cannot happen meanwhile, in a mount
 * namespace of this process. Of a container with `--read-only` only the volumes can be written. No path below may be resolved but by openInside. Throws E_NOT_FOUND when the container was
 * removed, E_PRIVILEGE.
 */
export async function withContainerFiles<T>(
  place: ContainerPlace,
  record: ContainerRecord,
  use: (root: number) => Promise<T>,
): Promise<T> {
  const state = await stateOf(place, record);
  if (isAlive(state)) return withRunningRoot(place, record, state, use);
  const folder = folderOf(place, record);
  return withContainerLock(place.store, record.id, async () => {
    if (!existsSync(folder.record)) fail('E_NOT_FOUND', `mounting container ${record.name}: it was removed`);
    const now = await stateOf(place, record);
    // Somebody was faster, and has let go of the lock.
    if (isAlive(now)) return withRunningRoot(place, record, now, use);
    const back = rememberMounts();
    try {
      enterContainerMounts();
      await mountContainer(place.store, folder, record);
      const { config } = await readBundle(folder);
      if (config.root.readonly)
        mountBind(folder.rootfs, folder.rootfs, { attributes: MOUNT_ATTRIBUTE.readonly });
      const root = openSync(folder.rootfs, O_RDONLY | O_DIRECTORY);
      try {
        for (const mount of config.mounts) if (mount.type === 'bind') mountVolume(mount, root);
        return await use(root);
      } finally {
        closeSync(root);
      }
    } finally {
      back();
    }
  });
}

function mountVolume({ source, destination, options }: MountConfig, root: number): void {
  if (!existsSync(source)) return;
  let target: number;
  try {
    target = openInside(root, destination, O_PATH);
  } catch (thrown) {
    // The container has removed the mount point: a start would make it again.
    if (thrown instanceof SystemCallError) return;
    throw thrown;
  }
  try {
    mountBind(source, target, {
      attributes:
        MOUNT_ATTRIBUTE.nodev |
        MOUNT_ATTRIBUTE.nosuid |
        (options.includes('ro') || options.includes('rro') ? MOUNT_ATTRIBUTE.readonly : 0) |
        (options.includes('noexec') ? MOUNT_ATTRIBUTE.noexec : 0),
      recursive: options.includes('rbind'),
    });
  } finally {
    closeSync(target);
  }
}
