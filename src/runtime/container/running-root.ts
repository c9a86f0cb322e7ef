import { closeSync, constants, fstatSync, openSync, statSync } from 'node:fs';
import { fail } from '../../model/error.js';
import type { ContainerRecord } from './record.js';
import { type AliveState, type ContainerPlace, isAlive, stateOf } from './state.js';

const { O_DIRECTORY, O_RDONLY } = constants;

/**
 * Calls `use` with descriptors of the root directory that the first process of a running container has, with all that is
 * mounted in it, and of its mount namespace, which is never that of this process. Throws E_NOT_RUNNING when the container
 * ended meanwhile.
 */
export async function withRunningRoot<T>(
  place: ContainerPlace,
  record: ContainerRecord,
  { pid }: Pick<AliveState, 'pid'>,
  use: (root: number, mounts: number) => Promise<T> | T,
): Promise<T> {
  const ended = (): never =>
    fail('E_NOT_RUNNING', `looking into container ${record.name}: it has just ended`);
  const opened: number[] = [];
  const open = (name: string, flags: number): number => {
    try {
      const descriptor = openSync(`/proc/${String(pid)}/${name}`, flags);
      opened.push(descriptor);
      return descriptor;
    } catch {
      return ended();
    }
  };
  try {
    const root = open('root', O_RDONLY | O_DIRECTORY);
    const mounts = open('ns/mnt', O_RDONLY);
    if (fstatSync(mounts).ino === statSync('/proc/thread-self/ns/mnt').ino) return ended();
    // The runtime knows the process by its start: what had this number before the question was the container's.
    const now = await stateOf(place, record);
    return isAlive(now) && now.pid === pid ? await use(root, mounts) : ended();
  } finally {
    for (const descriptor of opened) closeSync(descriptor);
  }
}
