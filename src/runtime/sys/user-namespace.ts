import { closeSync, fstatSync, openSync, statSync } from 'node:fs';
import { check, declare, SystemCallError } from './libc.js';

const ioctl = declare('int ioctl(int descriptor, unsigned long request, uint64_t argument)');

/** ioctl_ns(2) */
const NS_GET_PARENT = 0xb702;

/**
 * Returns a descriptor of the user namespace right below this process's own in which process `pid` is, or in one that is
 * further below; undefined when it is in none, or is gone.
 */
export function openNamespaceBelow(pid: number): number | undefined {
  const own = statSync('/proc/self/ns/user').ino;
  let inner: number | undefined;
  let descriptor = openNamespace(pid);
  while (descriptor !== undefined) {
    if (fstatSync(descriptor).ino === own) {
      closeSync(descriptor);
      return inner;
    }
    if (inner !== undefined) closeSync(inner);
    inner = descriptor;
    descriptor = parentOf(inner);
  }
  if (inner !== undefined) closeSync(inner);
  return undefined;
}

function openNamespace(pid: number): number | undefined {
  try {
    return openSync(`/proc/${String(pid)}/ns/user`, 'r');
  } catch {
    return undefined;
  }
}

/** What is not below this process's own has none that it may see. */
function parentOf(descriptor: number): number | undefined {
  try {
    return check('looking above', 'a user namespace', ioctl(descriptor, NS_GET_PARENT, 0));
  } catch (thrown) {
    if (thrown instanceof SystemCallError) return undefined;
    throw thrown;
  }
}
