import { MOUNT_ATTRIBUTE, mountBind } from '../sys/mount.js';

/**
 * Lets crun and runc believe that their program cannot be written to by a container that opens it as /proc/self/exe
 * (CVE-2019-5736), if they see themselves that its file system is mounted read-only: else each starts twice, the second time
 * from a read-only mount of its own (cloned_binary.c of both).
 */
export const BELIEVES_MOUNT: Readonly<Record<string, string>> = { _LIBCONTAINER_CLONED_BINARY: '1' };

/**
 * Mounts the runtime's program read-only upon itself in the mount namespace of this process. Never throws: where it cannot
 * be, the runtime sees that and starts twice.
 */
export function mountReadOnly(program: string): void {
  try {
    mountBind(program, program, { attributes: MOUNT_ATTRIBUTE.readonly });
  } catch {
    // It only takes longer.
  }
}
