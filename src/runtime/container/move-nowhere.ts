import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ownControlGroup } from './control-groups.js';

/**
 * Moves this process from its control group to the same. The first move of any process after a while waits until every
 * processor has been elsewhere, 6 to 15 ms, and those of the next 15 ms do not (cgroup_threadgroup_rwsem of
 * kernel/cgroup/cgroup.c, kernel/rcu/sync.c): whoever moves one soon, as the OCI runtime does, finds that time gone. Returns at
 * once, and never throws: who may not do it waits later. Who moves this process at the very moment has to do it again.
 */
export function moveNowhere(): void {
  const group = ownControlGroup();
  if (group !== undefined) moveTo(group).catch(() => undefined);
}

/** Another control group namespace may call so what is the machine's own: only where this process is it stays. */
async function moveTo(group: string): Promise<void> {
  const pid = String(process.pid);
  const file = path.join(group, 'cgroup.procs');
  const members = (await readFile(file, 'latin1')).split('\n');
  if (members.includes(pid)) await writeFile(file, pid, { flag: 'r+' });
}
