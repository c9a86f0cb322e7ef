import { existsSync, readdirSync, rmdirSync, statfsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonic } from '../../io/monotonic.js';
import { namesIfAny, textIfAny } from '../../store/if-any.js';

const ROOT = '/sys/fs/cgroup';

/** Milliseconds in which killed processes are gone. */
const PATIENCE = 5000;

/**
 * Returns below which group a container's are made in every hierarchy, as one of these folders says: its bundle, or where
 * the OCI runtime keeps what it knows (crun the configuration, runc the state); undefined where none does. A group that was
 * delegated to an ordinary user is anywhere, and another session's is not above this process.
 */
export function controlGroupParent(id: string, folders: readonly string[]): string | undefined {
  for (const file of folders.flatMap((folder) => [`${folder}/config.json`, `${folder}/state.json`])) {
    const group = cgroupPath(textIfAny(file));
    if (group !== undefined && path.basename(group) === id) return path.dirname(group);
  }
  return undefined;
}

function cgroupPath(json: string): string | undefined {
  try {
    const { linux, config } = JSON.parse(json) as {
      linux?: { cgroupsPath?: unknown };
      config?: { cgroups?: { path?: unknown } };
    };
    const group = linux?.cgroupsPath ?? config?.cgroups?.path;
    return typeof group === 'string' ? group : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the control groups of a container in every hierarchy that is mounted (cgroups(7)); see controlGroupParent. */
export function controlGroupsOf(id: string, parent = '/strata'): readonly string[] {
  const parents = ['.', ...namesIfAny(ROOT)].flatMap((name) => [
    path.join(ROOT, name, parent),
    ...groupParents(path.join(ROOT, name, 'strata')),
  ]);
  return [...new Set([...parents, ...groupsAbove()])]
    .map((above) => path.join(above, id))
    .filter(isControlGroup);
}

/** statfs(2): cgroup v1 and v2. What hides a hierarchy from crun is neither; see hideUnified. */
const TYPES: readonly number[] = [0x27e0eb, 0x63677270];

/** Groups come and go while they are looked at. */
function isControlGroup(group: string): boolean {
  try {
    return TYPES.includes(statfsSync(group).type);
  } catch {
    return false;
  }
}

/** Root's group, and those that were delegated to users, by their numbers. */
function groupParents(own: string): readonly string[] {
  const users = namesIfAny(own).filter((name) => /^\d{1,10}$/.test(name));
  return [own, ...users.map((user) => path.join(own, user))];
}

/** This process's own groups and all above them, in which those of an ordinary user's containers may have been delegated. */
function groupsAbove(): readonly string[] {
  return ownGroups().flatMap(({ hierarchy, group }) => {
    const above: string[] = [];
    for (let at = group; at !== '/'; at = path.dirname(at)) above.push(path.join(ROOT, hierarchy, at));
    return above;
  });
}

/** cgroups(7): `0::/path` is the unified hierarchy, `4:memory:/path` and `1:name=systemd:/path` are others. */
function ownGroups(): readonly { readonly hierarchy: string; readonly group: string }[] {
  return readLines('/proc/self/cgroup').flatMap((line) => {
    const match = /^\d+:(?:name=)?([^:]*):(\/.*)$/.exec(line);
    return match === null || match[2].startsWith('/..') ? [] : [{ hierarchy: match[1], group: match[2] }];
  });
}

/** Returns where this process's own control group is, in any hierarchy; undefined when it is in none that is seen here. */
export function ownControlGroup(): string | undefined {
  return ownGroups()
    .map(({ hierarchy, group }) => path.join(ROOT, hierarchy, group))
    .find(isControlGroup);
}

/** Returns the ids that have a control group, whether a container has them or not. */
export function controlledIds(): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const hierarchy of ['.', ...namesIfAny(ROOT)])
    for (const parent of groupParents(path.join(ROOT, hierarchy, 'strata')))
      for (const name of namesIfAny(parent)) ids.add(name);
  return ids;
}

/** Returns the processes of a container, as the host knows them, by its control groups. */
export function controlledProcesses(id: string, parent?: string): readonly number[] {
  return processesIn(controlGroupsOf(id, parent));
}

function processesIn(groups: readonly string[]): readonly number[] {
  const found = new Set<number>();
  for (const group of groups)
    for (const inner of [...groupsBelow(group), group])
      for (const line of readLines(path.join(inner, 'cgroup.procs'))) found.add(Number(line));
  found.delete(0);
  return [...found];
}

/**
 * Kills what is left in a container's control groups and removes these: what an OCI runtime that was itself killed did not
 * do. Afterwards there are none, unless a process cannot be killed within five seconds.
 */
export async function endControlGroups(id: string, parent?: string): Promise<void> {
  for (const begun = monotonic(); monotonic() - begun < PATIENCE;) {
    const found = controlGroupsOf(id, parent);
    // Those in which nothing is left go at once.
    for (const group of found) remove(group);
    const groups = found.filter((group) => existsSync(group));
    if (groups.length === 0) return;
    for (const pid of processesIn(groups)) kill(pid);
    // What stands still does not die.
    for (const group of groups) thaw(group);
    for (const group of groups) for (const inner of [...groupsBelow(group), group]) remove(inner);
    if (!groups.some((group) => existsSync(group))) return;
    await sleep(10);
  }
}

/** Inner ones first, as they have to be removed; a container may have made some. */
function groupsBelow(group: string): readonly string[] {
  let names: readonly string[];
  try {
    names = readdirSync(group, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    const inner = path.join(group, name);
    return [...groupsBelow(inner), inner];
  });
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}

function thaw(group: string): void {
  for (const [file, word] of [
    ['freezer.state', 'THAWED'],
    ['cgroup.freeze', '0'],
  ] as const)
    try {
      if (existsSync(path.join(group, file))) writeFileSync(path.join(group, file), word);
    } catch {
      // It is gone.
    }
}

function remove(group: string): void {
  try {
    rmdirSync(group);
  } catch {
    // Gone, or a process in it is not yet.
  }
}

function readLines(file: string): readonly string[] {
  return textIfAny(file).split('\n').filter(Boolean);
}
