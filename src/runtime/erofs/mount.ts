import { closeSync, openSync } from 'node:fs';
import { MOUNT_ATTRIBUTE, type MountOption, mountNew } from '../sys/mount.js';

/** fsconfig(2) takes strings of at most 256 bytes, with the NUL. */
const OPTION_BYTES = 255;

/**
 * Mounts the image file `image` read-only on `target`; `devices` are the paths of its devices in their order. No loop
 * device is needed. Linux 6.12 or later, and not with the image on tmpfs or overlayfs. Throws SystemCallError.
 */
export function mountErofs(
  image: string,
  devices: readonly string[],
  target: string,
  attributes: number = MOUNT_ATTRIBUTE.readonly,
): void {
  const open: number[] = [];
  // A longer path is told by an open file, which the kernel opens again.
  const short = (path: string): string => {
    if (Buffer.byteLength(path) <= OPTION_BYTES) return path;
    const descriptor = openSync(path, 'r');
    open.push(descriptor);
    return `/proc/self/fd/${String(descriptor)}`;
  };
  try {
    const options: MountOption[] = [['source', short(image)]];
    for (const device of devices) options.push(['device', short(device)]);
    mountNew('erofs', target, options, attributes);
  } finally {
    for (const descriptor of open) closeSync(descriptor);
  }
}
