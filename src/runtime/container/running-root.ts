import { closeSync, constants, openSync } from 'node:fs';
import { fail } from '../../model/error.js';
import type { ContainerRecord } from './record.js';
import { type AliveState, type ContainerPlace, isAlive, stateOf } from './state.js';

const { O_DIRECTORY, O_RDONLY } = constants;

/**
 * Calls `use` with a descriptor of the root directory that the first process of a running container has: with all that is
 * mounted in it. Throws E_NOT_RUNNING when the container ended meanwhile.
 */
export async function withRunningRoot<T>(
  place: ContainerPlace,
  record: ContainerRecord,
  { pid }: Pick<AliveState, 'pid'>,
  use: (root: number) => Promise<T> | T,
): Promise<T> {
  const ended = (): never =>
    fail('E_NOT_RUNNING', `looking into container ${record.name}: it has just ended`);
  let root: number;
  try {
    root = openSync(`/proc/${String(pid)}/root`, O_RDONLY | O_DIRECTORY);
  } catch {
    return ended();
  }
  try {
    // The runtime knows the process by its start: what had this number before the question was the container's.
    const now = await stateOf(place, record);
    return isAlive(now) && now.pid === pid ? await use(root) : ended();
  } finally {
    closeSync(root);
  }
}
