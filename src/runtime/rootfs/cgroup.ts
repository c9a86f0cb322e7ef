import { readFileSync } from 'node:fs';
import { mountNew } from '../sys/mount.js';

/** How this machine has its control groups (cgroups(7)). */
export type CgroupLayout = 'v1' | 'hybrid' | 'v2' | 'none';

const ROOT = '/sys/fs/cgroup';
const UNIFIED = `${ROOT}/unified`;

/** Returns which of the layouts the mounts of this process show. */
export function cgroupLayout(mountinfo = readFileSync('/proc/self/mountinfo', 'utf8')): CgroupLayout {
  const types = new Map<string, string>();
  for (const line of mountinfo.split('\n')) {
    // proc_pid_mountinfo(5): the mount point is the fifth field, the type the first one after the hyphen.
    const split = line.indexOf(' - ');
    if (split > 0) types.set(line.split(' ')[4], line.slice(split + 3).split(' ')[0]);
  }
  if (types.get(ROOT) === 'cgroup2') return 'v2';
  const old = [...types].some(([place, type]) => type === 'cgroup' && place.startsWith(`${ROOT}/`));
  if (!old) return 'none';
  return types.get(UNIFIED) === 'cgroup2' ? 'hybrid' : 'v1';
}

/**
 * Hides the unified hierarchy of a hybrid layout from this mount namespace, since crun starts nothing beside one that
 * has a controller.
 */
export function hideUnified(layout: CgroupLayout): void {
  if (layout === 'hybrid') mountNew('tmpfs', UNIFIED, [['mode', '0755']]);
}
