import { closeSync, constants, openSync } from 'node:fs';
import type { FileOwner } from './file-owner.js';
import { check, declare } from './libc.js';

const unshare = declare('int unshare(int flags)');
const setns = declare('int setns(int fd, int kind)');
const fchdir = declare('int fchdir(int fd)');
const chroot = declare('int chroot(const char *path)');
const setfsuid = declare('int setfsuid(uint32_t id)');
const setfsgid = declare('int setfsgid(uint32_t id)');

const CLONE_FS = 0x200;
const CLONE_NEWNS = 0x20000;

/**
 * Returns what `use` returns, called in the mount namespace of the descriptor, with its root for root and working directory,
 * and making files as `owner` (setfsuid(2)); this thread is back where it was afterwards. `use` may call nothing
 * asynchronous: other threads are not there. Throws SystemCallError and what `use` throws.
 */
export function insideMounts<T>(namespace: number, owner: FileOwner, use: () => T): T {
  const { O_DIRECTORY, O_RDONLY } = constants;
  const opened: number[] = [];
  const open = (place: string, flags: number): number => {
    const descriptor = openSync(place, flags);
    opened.push(descriptor);
    return descriptor;
  };
  try {
    const own = open('/proc/self/ns/mnt', O_RDONLY);
    const root = open('/', O_RDONLY | O_DIRECTORY);
    const directory = open('.', O_RDONLY | O_DIRECTORY);
    check('leaving', 'the shared working directory', unshare(CLONE_FS));
    check('entering', "the container's mount namespace", setns(namespace, CLONE_NEWNS));
    // The group first: with another user the right to change it is gone.
    const group = setfsgid(owner.gid);
    const user = setfsuid(owner.uid);
    try {
      return use();
    } finally {
      setfsuid(user);
      setfsgid(group);
      check('entering', 'the mount namespace of before', setns(own, CLONE_NEWNS));
      check('going back to', 'the root directory', fchdir(root));
      check('going back to', 'the root directory', chroot('.'));
      check('going back to', 'the working directory', fchdir(directory));
    }
  } finally {
    for (const descriptor of opened) closeSync(descriptor);
  }
}
