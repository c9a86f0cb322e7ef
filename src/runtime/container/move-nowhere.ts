import { close, openSync, readFileSync, write } from 'node:fs';
import path from 'node:path';
import { ownControlGroup } from './control-groups.js';

/**
 * Moves this process from its control group to the same. The first move of any process after a while waits until every
 * processor has been elsewhere, 6 to 25 ms, and those of the next 12 ms do not (cgroup_threadgroup_rwsem of
 * kernel/cgroup/cgroup.c, kernel/rcu/sync.c): whoever moves one soon, as the OCI runtime does, finds that time gone. Called
 * about 10 ms before that, and once more short before. Returns at once, and never throws: who may not do it waits later. Who
 * moves this process at the very moment has to do it again.
 */
export function moveNowhere(): void {
  const group = ownControlGroup();
  if (group === undefined) return;
  const pid = String(process.pid);
  const file = path.join(group, 'cgroup.procs');
  try {
    // Another control group namespace may call so what is the machine's own: only where this process is it stays.
    if (!readFileSync(file, 'latin1').split('\n').includes(pid)) return;
    const descriptor = openSync(file, 'r+');
    // Given to another thread in one step: what needs a turn of the event loop in between begins when it is too late.
    write(descriptor, pid, () => {
      close(descriptor, () => undefined);
    });
  } catch {
    // Who may not move himself.
  }
}
