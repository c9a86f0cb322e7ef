import path from 'node:path';
import { TEMPORARY } from '../../store/layout-names.js';
import { ownerTag, thisOwner } from '../../store/owner.js';
import { engineArguments, type EngineHandle } from '../engine/engine.js';
import type { ContainerFolder } from './folder.js';

/**
 * Forgets the container's process and its control groups, and keeps how it ended where it outlives a reboot. What cannot
 * be kept is read later from what conmon wrote.
 */
const SETTLE = `status=$(cat "$exit") oom=false; [ -e "$oomed" ] && oom=true
"$@" delete --force "$id"
case $status in ''|*[!0-9]*) exit;; esac
printf '{"status":%d,"finished":"%s","oom":%s}\\n' "$((status & 255))" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" $oom > "$exited.new" &&
mv -f "$exited.new" "$exited"`;

/**
 * The mounts must be away before anything is removed: the snapshot, its idmapped view upon it, and above all what the user
 * has mounted. The folder is first moved away: who looks at the container meanwhile may write into it, how it ended, and a
 * folder that is not empty stays. A strata that waited for the end does the same meanwhile, and faster.
 */
const REMOVE = `"$@" delete --force "$id"
[ -e "$root" ] || [ -e "$run" ] || exit 0
umount -l "$volumes" "$rootfs" "$base" "$lower" "$lower"
grep -qF "/$id/" /proc/self/mountinfo && exit 1
mv -T -- "$root" "$doomed"; rm -rf --one-file-system -- "$doomed" "$run"`;

/** Returns where a folder that is to be removed is moved to: the next strata removes it there, as what any process left. */
export function doomedPlace({ root }: Pick<ContainerFolder, 'root'>): string {
  return path.join(root, '../..', TEMPORARY, ownerTag(thisOwner()));
}

/**
 * Returns the program that conmon runs when the container has ended, so that it is cleared away also when strata is not
 * there any more. It runs where the container's file system is mounted.
 */
export function exitProgram(
  engine: EngineHandle,
  { id, root, run, rootfs, base, lower, volumes, exit, exited, oom }: ContainerFolder,
  remove: boolean,
  doomed: string,
): readonly string[] {
  const places = { id, root, run, rootfs, base, lower, volumes, exit, exited, oomed: oom, doomed };
  const names = Object.keys(places).map((name, i) => `${name}=\${${String(i + 1)}}`);
  const script = `${names.join(' ')}; shift ${String(names.length)}\n${remove ? REMOVE : SETTLE}`;
  return [
    '/bin/sh',
    '-c',
    script,
    'sh',
    ...Object.values(places),
    engine.program,
    ...engineArguments(engine),
  ];
}
