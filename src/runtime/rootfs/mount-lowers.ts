import path from 'node:path';
import { StrataError } from '../../model/error.js';
import { mountErofs } from '../erofs/mount.js';
import { type ErofsSnapshot, layerPlaces, type MountableSnapshot } from '../snapshot/prepared.js';
import { SystemCallError } from '../sys/libc.js';
import { MOUNT_ATTRIBUTE, mountBind } from '../sys/mount.js';

/** Empty directories on which the layers of a snapshot can be mounted. */
export interface LowerPlaces {
  readonly lower: string;
  readonly base: string;
}

/**
 * Mounts what the layers of a snapshot are read from, ids shifted by the map of `userNamespace`, and returns the
 * directories that overlayfs is to be given, uppermost first. Throws E_PRIVILEGE where the kernel or a file system cannot.
 */
export function mountLowers(
  snapshot: MountableSnapshot,
  { lower, base }: LowerPlaces,
  userNamespace: number | undefined,
): readonly string[] {
  // What the container may do with devices and setuid files is for the mount that it sees to say.
  if (snapshot.kind === 'erofs') {
    mountImage(snapshot, lower);
    if (userNamespace !== undefined) shift(lower, lower, userNamespace);
    return [lower];
  }
  const { directory } = snapshot;
  const places = layerPlaces(snapshot);
  // One mount for all of them.
  const root = places.length > 0 && userNamespace !== undefined ? lower : snapshot.root;
  if (places.length > 0 && userNamespace !== undefined) shift(snapshot.root, lower, userNamespace);
  const directories = places.map((place) => path.join(root, place));
  if (directory !== undefined) {
    if (userNamespace !== undefined) shift(directory, base, userNamespace);
    directories.unshift(userNamespace === undefined ? directory : base);
  }
  return directories.reverse();
}

function shift(source: string, target: string, userNamespace: number): void {
  try {
    mountBind(source, target, { userNamespace, attributes: MOUNT_ATTRIBUTE.readonly });
  } catch (thrown) {
    if (!(thrown instanceof SystemCallError)) throw thrown;
    throw new StrataError(
      'E_PRIVILEGE',
      `shifting the ids of ${source}: its file system, or Linux before 5.12, cannot (${thrown.errno})`,
      {
        hint: 'use --userns host: root of the container is root of this machine then',
        cause: thrown,
      },
    );
  }
}

function mountImage({ image, devices }: ErofsSnapshot, target: string): void {
  try {
    mountErofs(image, devices, target, MOUNT_ATTRIBUTE.readonly);
  } catch (thrown) {
    if (!(thrown instanceof SystemCallError)) throw thrown;
    throw new StrataError('E_PRIVILEGE', `mounting the snapshot: ${thrown.message}`, {
      hint: 'it needs Linux 6.12 with EROFS on files, and a store that is neither on tmpfs nor on overlayfs; --snapshot unpacked works elsewhere',
      cause: thrown,
    });
  }
}
