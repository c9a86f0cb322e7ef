import { readFileSync, realpathSync } from 'node:fs';
import { MOUNT_ATTRIBUTE, mountBind } from '../sys/mount.js';

/**
 * Mounts the runtime's program read-only upon itself in the mount namespace of this process, unless it is: crun sees that no
 * container can write to it by /proc/self/exe (CVE-2019-5736), and need not start a second time from a read-only mount of its
 * own. Never throws: where it cannot be mounted the runtime starts twice.
 */
export function mountReadOnly(program: string): void {
  try {
    if (!isReadOnly(realpathSync(program)))
      mountBind(program, program, { attributes: MOUNT_ATTRIBUTE.readonly });
  } catch {
    // It only takes longer.
  }
}

/** One process that makes many containers would else mount it many times. */
function isReadOnly(place: string): boolean {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  // proc_pid_mountinfo(5): the mount point is the fifth field, its options are the sixth.
  return mounts.some((line) => {
    const [, , , , point, options] = line.split(' ');
    return point === place && options.split(',').includes('ro');
  });
}
