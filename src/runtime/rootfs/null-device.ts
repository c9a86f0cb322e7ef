import { chmodSync, closeSync, constants, statSync } from 'node:fs';
import { SystemCallError } from '../sys/libc.js';
import { MOUNT_ATTRIBUTE, mountBind, mountNew, moveMountTo, openMount, unmount } from '../sys/mount.js';
import { enterPrivateMounts, rememberMounts } from '../sys/namespace.js';
import { makeNode } from '../sys/node.js';

const NULL = '/dev/null';
/** The kernel's Documentation/admin-guide/devices.txt. */
const [MAJOR, MINOR] = [1, 3];
const ALL_MAY = 0o666;
/** Without the capability, and by a security module. */
const REFUSED = ['EPERM', 'EACCES'];

/**
 * Returns what `start` does, which is to start a program at once, in a mount namespace of its own with a /dev/null of its own:
 * conmon gives that to a program without standard input. Throws SystemCallError and what `start` throws.
 */
export function withOwnNull<T>(start: () => T): T {
  const back = rememberMounts();
  try {
    enterPrivateMounts();
    ownNullDevice();
    return start();
  } finally {
    back();
  }
}

/**
 * Gives the mount namespace of this process a /dev/null of its own. Whatever is standard input crun before 1.24 makes a
 * container's user the owner of (containers/crun#1845), and where there is a user namespace the container's /dev/null is the
 * node of this namespace: it could be closed to the whole machine from inside. Where no device may be made it is read-only,
 * unless nobody here could give it away. Throws SystemCallError.
 */
export function ownNullDevice(): void {
  const own = makeNull();
  if (own === undefined) {
    // Without root of the machine its owner is somebody whom this user namespace does not know.
    if (statSync(NULL).uid !== process.geteuid?.()) return;
    mountBind(NULL, NULL, { attributes: MOUNT_ATTRIBUTE.readonly });
    return;
  }
  try {
    moveMountTo(own, NULL);
  } finally {
    closeSync(own);
  }
}

/** Returns a mount of a new node that is nowhere yet; undefined where none may be made. */
function makeNull(): number | undefined {
  // For a moment, in a place that is there: nothing else runs in this namespace yet.
  mountNew('tmpfs', '/dev', [['mode', '0755']]);
  try {
    makeNode(NULL, constants.S_IFCHR | ALL_MAY, MAJOR, MINOR);
    chmodSync(NULL, ALL_MAY);
    return openMount(NULL);
  } catch (thrown) {
    if (thrown instanceof SystemCallError && REFUSED.includes(thrown.errno)) return undefined;
    throw thrown;
  } finally {
    unmount('/dev');
  }
}
