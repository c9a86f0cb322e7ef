import { closeSync, mkdirSync, openSync } from 'node:fs';
import { StrataError } from '../../model/error.js';
import type { ContainerFolder } from '../container/folder.js';
import { mountErofs } from '../erofs/mount.js';
import type { IdMap } from '../id-map.js';
import type { PreparedSnapshot } from '../snapshot/prepare.js';
import { MOUNT_ATTRIBUTE, mountBind, type MountOption, mountNew } from '../sys/mount.js';
import { SystemCallError } from '../sys/libc.js';
import { enterPrivateMounts } from '../sys/namespace.js';
import { cgroupLayout, hideUnified } from './cgroup.js';
import { withUserNamespace } from './user-namespace.js';

/**
 * Mounts the file system of a container on `folder.rootfs`: the snapshot, the init layer and what the container wrote, in
 * that order. This process gets a mount namespace of its own for it, which is gone with the last process in it, so that
 * nothing is ever left mounted. Throws SystemCallError.
 */
export async function mountRootfs(
  folder: ContainerFolder,
  snapshot: Pick<PreparedSnapshot, 'image' | 'devices'>,
  idMap: IdMap,
): Promise<void> {
  for (const directory of [folder.run, folder.lower, folder.rootfs])
    mkdirSync(directory, { recursive: true, mode: 0o755 });
  enterPrivateMounts();
  hideUnified(cgroupLayout());
  // What the container may do with devices and setuid files is for the mount that it sees to say.
  mountSnapshot(snapshot, folder.lower);
  if (idMap.length > 0)
    await withUserNamespace(idMap, (userNamespace) => {
      mountBind(folder.lower, folder.lower, { userNamespace });
    });
  mountOverlay(folder);
}

function mountSnapshot(
  { image, devices }: Pick<PreparedSnapshot, 'image' | 'devices'>,
  target: string,
): void {
  try {
    mountErofs(image, devices, target, MOUNT_ATTRIBUTE.readonly);
  } catch (thrown) {
    if (!(thrown instanceof SystemCallError)) throw thrown;
    throw new StrataError('E_PRIVILEGE', `mounting the snapshot: ${thrown.message}`, {
      hint: 'it needs Linux 6.12 with EROFS on files, and a store that is neither on tmpfs nor on overlayfs',
      cause: thrown,
    });
  }
}

/**
 * The layers are named by open files: an option of the kernel takes no more than 255 bytes, and whoever reads the mounts
 * inside learns nothing of where they are. The upper one is not idmapped: overlayfs could not work in it.
 */
function mountOverlay(folder: ContainerFolder): void {
  const open: number[] = [];
  const named = (directory: string): string => {
    const descriptor = openSync(directory, 'r');
    open.push(descriptor);
    return `/proc/self/fd/${String(descriptor)}`;
  };
  try {
    const options: readonly MountOption[] = [
      ['source', 'overlay'],
      ['lowerdir+', named(folder.init)],
      ['lowerdir+', named(folder.lower)],
      ['upperdir', named(folder.upper)],
      ['workdir', named(folder.work)],
      // What commit reads must be all there, and mean what it seems to.
      ['index', 'off'],
      ['metacopy', 'off'],
      ['redirect_dir', 'nofollow'],
    ];
    mountNew('overlay', folder.rootfs, options);
  } finally {
    for (const descriptor of open) closeSync(descriptor);
  }
}
