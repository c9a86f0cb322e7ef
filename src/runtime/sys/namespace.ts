import { closeSync, openSync } from 'node:fs';
import { check, declare } from './libc.js';
import { changePropagation } from './mount.js';

const unshare = declare('int unshare(int flags)');
const setns = declare('int setns(int fd, int kind)');

const CLONE_FS = 0x200;
const CLONE_NEWNS = 0x20000;

/**
 * Puts this process into a mount namespace of its own, in which nothing mounted reaches the host's and which is gone with
 * the last process in it. To be called before the first asynchronous file operation: threads that libuv has already
 * started stay where they are, those it starts later and all child processes are inside. Throws SystemCallError.
 */
export function enterPrivateMounts(): void {
  // A thread that shares its working directory with others may not change the namespace that is looked up in.
  check('leaving', 'the shared working directory', unshare(CLONE_FS));
  check('making', 'a private mount namespace', unshare(CLONE_NEWNS));
  changePropagation('/', 'slave');
}

/**
 * Returns what puts this thread back into the mount namespace that it is in now, to be called once. What was started
 * meanwhile stays where it is. Throws SystemCallError.
 */
export function rememberMounts(): () => void {
  const descriptor = openSync('/proc/thread-self/ns/mnt', 'r');
  const directory = process.cwd();
  return () => {
    check('leaving', 'the shared working directory', unshare(CLONE_FS));
    check('entering', 'the mount namespace of before', setns(descriptor, CLONE_NEWNS));
    closeSync(descriptor);
    process.chdir(directory);
  };
}
