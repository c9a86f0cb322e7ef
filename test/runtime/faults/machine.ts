import { existsSync, readdirSync, readFileSync } from 'node:fs';

/* What the machine says of containers, whatever strata says. */

/** A process as /proc shows it. */
export interface Seen {
  readonly pid: number;
  readonly command: string;
}

/** Returns the processes of which `test` is true. */
function processes(test: (pid: string) => boolean): readonly Seen[] {
  const found: Seen[] = [];
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    const state = / ([A-Z]) /.exec(read(`/proc/${pid}/stat`).replace(/^.*\)/, ''))?.[1];
    if (state === undefined || state === 'Z' || state === 'X' || !test(pid)) continue;
    found.push({
      pid: Number(pid),
      command: read(`/proc/${pid}/cmdline`).replaceAll('\0', ' '),
    });
  }
  return found;
}

/** Returns the processes that were started with this word among their arguments. */
export function processesNaming(word: string): readonly Seen[] {
  return processes((pid) => read(`/proc/${pid}/cmdline`).includes(word));
}

/** Returns the processes in the control groups of a container of this id. */
export function processesIn(id: string): readonly Seen[] {
  return processes((pid) => read(`/proc/${pid}/cgroup`).includes(`/strata/${id}`));
}

/** Returns the processes, by their mount namespaces, that see anything mounted below a folder. */
export function processesSeeing(folder: string): readonly Seen[] {
  return processes((pid) => read(`/proc/${pid}/mountinfo`).includes(folder));
}

/** True when the machine's own mount namespace has anything mounted there, or keeps a namespace of it. */
export function isMounted(folder: string): boolean {
  return read('/proc/1/mountinfo').includes(folder);
}

/** Returns the control groups of a container, in every hierarchy. */
export function controlGroups(id: string): readonly string[] {
  return readdirSync('/sys/fs/cgroup')
    .map((name) => `/sys/fs/cgroup/${name}/strata/${id}`)
    .concat(`/sys/fs/cgroup/strata/${id}`)
    .filter((group) => existsSync(group));
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
