import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { textIfAny } from '../../store/if-any.js';
import type { CgroupLayout } from '../rootfs/cgroup.js';

/** A control group in which an ordinary user may make others. */
export interface DelegatedCgroup {
  /** The same in every hierarchy, from its root. */
  readonly parent: string;
  /** Those that work below it; undefined for all that the machine has. */
  readonly controllers: readonly string[] | undefined;
}

/** What is looked at, and how. */
export interface CgroupView {
  readonly layout: CgroupLayout;
  /** As the first user namespace knows the user. */
  readonly uid: number;
  /** Text of /proc/self/cgroup. */
  readonly own: string;
  readonly mayWrite: (file: string) => boolean;
  readonly read: (file: string) => string;
}

const ROOT = '/sys/fs/cgroup';

/** Returns the control group that root has delegated to the user for containers, undefined when there is none (cgroups(7)). */
export function delegatedCgroup(view: CgroupView): DelegatedCgroup | undefined {
  if (view.layout === 'none') return undefined;
  return view.layout === 'v2' ? delegatedSubtree(view) : delegatedEverywhere(view);
}

/** What is true of this process. */
export function cgroupView(layout: CgroupLayout, uid: number): CgroupView {
  const mayWrite = (file: string): boolean => {
    try {
      accessSync(file, constants.W_OK);
      return true;
    } catch {
      return false;
    }
  };
  return { layout, uid, own: textIfAny('/proc/self/cgroup'), mayWrite, read: textIfAny };
}

/** Returns what root has to run so that the user can limit containers. */
export function delegationRemedy(layout: CgroupLayout, uid: number): string {
  const user = String(uid);
  if (layout === 'v2')
    // A backslash would be shown as two.
    return `d=/etc/systemd/system/user@.service.d; mkdir -p $d && { echo '[Service]'; echo 'Delegate=cpu cpuset io memory pids'; } > $d/delegate.conf && systemctl daemon-reload; then log in again and put 'systemd-run --user --scope -p Delegate=yes' before strata`;
  return (
    `for c in ${ROOT}/*/; do mkdir -p $c/strata/${user} && chown -R ${user} $c/strata/${user}; done; cd ${ROOT}/cpuset && ` +
    `for d in strata strata/${user}; do cat cpuset.cpus > $d/cpuset.cpus; cat cpuset.mems > $d/cpuset.mems; done`
  );
}

/** Version 1: runtimes make a group in every hierarchy, so that it must be possible in each. */
function delegatedEverywhere({ uid, own, mayWrite }: CgroupView): DelegatedCgroup | undefined {
  const hierarchies = linesOf(own).filter(({ id }) => id !== '0');
  const ours = new Set(hierarchies.map(({ group }) => group));
  const candidates = [`/strata/${String(uid)}`, ...(ours.size === 1 ? ours : [])];
  const parent = candidates.find(
    (group) =>
      group !== '/' &&
      hierarchies.length > 0 &&
      hierarchies.every(({ names }) => mayWrite(path.join(ROOT, names.replace(/^name=/, ''), group))),
  );
  return parent === undefined ? undefined : { parent, controllers: undefined };
}

/**
 * Version 2: a process can be moved below the nearest group above that is the user's, and that must have no processes itself
 * for controllers to be given to those below.
 */
function delegatedSubtree({ own, mayWrite, read }: CgroupView): DelegatedCgroup | undefined {
  let group = linesOf(own).find(({ id }) => id === '0')?.group;
  for (; group !== undefined && group !== '/'; group = path.dirname(group)) {
    const at = path.join(ROOT, group);
    const files = ['', 'cgroup.procs', 'cgroup.subtree_control'].map((name) => path.join(at, name));
    if (!files.every(mayWrite)) return undefined;
    if (read(path.join(at, 'cgroup.procs')).trim() === '')
      return { parent: group, controllers: read(path.join(at, 'cgroup.controllers')).trim().split(/\s+/) };
  }
  return undefined;
}

/** `4:memory:/user.slice` a line; the path may hold colons. */
function linesOf(own: string): readonly { id: string; names: string; group: string }[] {
  return own.split('\n').flatMap((line) => {
    const match = /^(\d+):([^:]*):(\/.*)$/.exec(line);
    // A group that lies outside of the namespace of control groups cannot be named.
    if (match === null || match[3].startsWith('/..')) return [];
    return [{ id: match[1], names: match[2], group: match[3] }];
  });
}
