import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf } from '../../store/failure.js';
import { deleteContainer } from '../engine/engine.js';
import { monitorPid } from '../monitor/monitor-process.js';
import type { ContainerRecord } from './record.js';
import { type ContainerPlace, engineOf, folderOf, isKnown } from './state.js';

/** Milliseconds in which conmon ends after the container has. */
const PATIENCE = 5000;

/**
 * Kills what runs or waits to be started, and waits for conmon, which would write the exit status into folders that are gone.
 * A conmon that is just creating the container has it known to the runtime only later; one that does not end is killed. To
 * be called with the container's lock. With `force` also where the runtime fails: what is then left goes with the container's
 * control groups. Throws E_ENGINE.
 */
export async function endContainer(
  place: ContainerPlace,
  record: ContainerRecord,
  force = false,
): Promise<void> {
  const folder = folderOf(place, record);
  const engine = engineOf(place, record);
  for (let waited = 0; ; waited += 10) {
    // Where it knows none crun makes its folder, and those above, so that no container can be run below them any more.
    if (isKnown(place, record))
      await deleteContainer(engine, record.id).catch((thrown: unknown) => {
        if (!force) throw thrown;
      });
    const monitor = await monitorPid(folder);
    if (monitor === undefined) return;
    if (waited === PATIENCE) killIfThere(monitor);
    await sleep(10);
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (thrown) {
    // It has just ended by itself.
    if (errnoOf(thrown) !== 'ESRCH') throw thrown;
  }
}
