import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

const ROOT = '/sys/fs/cgroup';

/**
 * Moves this process from its control group to the same. The first move of any process after a while waits until every
 * processor has been elsewhere, 6 to 15 ms, and those of the next 15 ms do not (cgroup_threadgroup_rwsem of
 * kernel/cgroup/cgroup.c, kernel/rcu/sync.c): whoever moves one soon, as the OCI runtime does, finds that time gone. Returns at
 * once, and never throws: who may not do it waits later. Who moves this process at the very moment has to do it again.
 */
export function moveNowhere(): void {
  const group = ownGroup();
  if (group !== undefined) moveTo(group).catch(() => undefined);
}

/** Another control group namespace may call so what is the machine's own: only where this process is it stays. */
async function moveTo(group: string): Promise<void> {
  const pid = String(process.pid);
  const members = (await readFile(group, 'latin1')).split('\n');
  if (members.includes(pid)) await writeFile(group, pid, { flag: 'r+' });
}

/** cgroups(7): `0::/path` is the unified hierarchy, `4:memory:/path` and `1:name=systemd:/path` are others. */
function ownGroup(): string | undefined {
  let text: string;
  try {
    text = readFileSync('/proc/self/cgroup', 'utf8');
  } catch {
    return undefined;
  }
  const match = /^\d+:(?:name=)?([^:,]*):(\/.*)$/m.exec(text);
  return match === null ? undefined : path.join(ROOT, match[1], match[2], 'cgroup.procs');
}
