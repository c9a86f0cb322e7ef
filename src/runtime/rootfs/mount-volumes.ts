import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { StrataError } from '../../model/error.js';
import type { VolumeRecord } from '../container/record.js';
import { SystemCallError } from '../sys/libc.js';
import { MOUNT_ATTRIBUTE, mountBind, mountNew } from '../sys/mount.js';

/**
 * Mounts sources of the user's mounts in the empty directory `target`, each under its place: ids are those of the
 * container, so that what its root writes belongs to root here. What cannot be so is mounted as it is, and told. They lie
 * in a file system of their own: whoever removes a run folder does not come to them. Throws E_NOT_FOUND.
 */
export function mountVolumes(
  volumes: readonly VolumeRecord[],
  target: string,
  userNamespace: number,
  engine: 'crun' | 'runc',
): readonly string[] {
  if (volumes.length === 0) return [];
  // The runtime looks for the sources as root of the container.
  mountNew('tmpfs', target, [
    ['mode', '0711'],
    ['size', '1m'],
  ]);
  const notes: string[] = [];
  for (const volume of volumes) {
    const place = path.join(target, volume.place);
    if (volume.kind === 'directory') mkdirSync(place, 0o711);
    else writeFileSync(place, '', { flag: 'wx', mode: 0o600 });
    const note = mountVolume(volume, place, userNamespace);
    if (note !== undefined) notes.push(note);
    else if (engine === 'crun' && hasMountsBelow(place))
      notes.push(
        `what is mounted below ${volume.source} is not seen in the container: crun takes one mount into a user namespace; --runtime runc, or --userns host, takes all`,
      );
  }
  return notes;
}

function hasMountsBelow(place: string): boolean {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  return mounts.some((line) => line.split(' ').at(4)?.startsWith(`${place}/`) === true);
}

/** Mounts one; returns what could not be as asked for. */
function mountVolume(
  { source, recursive, noexec }: VolumeRecord,
  place: string,
  userNamespace: number,
): string | undefined {
  const attributes = ATTRIBUTES | (noexec === true ? MOUNT_ATTRIBUTE.noexec : 0);
  if (isBound(source, place, { userNamespace, recursive, attributes })) return undefined;
  if (recursive && isBound(source, place, { userNamespace, attributes }))
    return `what is mounted below ${source} is not seen in the container: its ids cannot be shifted`;
  if (isBound(source, place, { recursive, attributes }))
    return `files of ${source} belong to nobody in the container: its file system cannot shift ids; --userns host does without`;
  throw new StrataError('E_NOT_FOUND', `mounting ${source}: it is not there any more, or cannot be mounted`);
}

/** crun forgets these of mounts in a user namespace, and noexec. */
const ATTRIBUTES = MOUNT_ATTRIBUTE.nosuid | MOUNT_ATTRIBUTE.nodev;

function isBound(source: string, place: string, options: Parameters<typeof mountBind>[2]): boolean {
  try {
    mountBind(source, place, options);
    return true;
  } catch (thrown) {
    if (thrown instanceof SystemCallError) return false;
    throw thrown;
  }
}
