import { closeSync, constants, lstatSync, mkdirSync, openSync, statfsSync } from 'node:fs';
import path from 'node:path';
import { fail } from '../../model/error.js';
import { MOUNT_ATTRIBUTE, moveMountTo, openMount } from '../sys/mount.js';
import type { FileOwner } from '../sys/file-owner.js';
import { insideMounts } from '../sys/inside-mounts.js';
import type { Toolbox } from './prepare-toolbox.js';
import { APPLETS_TARGET, BUSYBOX_TARGET, TOOLS_FOLDER } from './tool-mounts.js';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants;
/** statfs(2) */
const TMPFS_MAGIC = 0x0102_1994;

/**
 * Mounts the toolbox in the running container of that mount namespace, read-only, below its /dev, where nothing is
 * committed; once for as long as it runs. `owner` is who its root is here. Throws E_ENGINE when its /dev is
 * not its own or has something else in the place of the tools, SystemCallError.
 */
export function bringToolbox(namespace: number, { busybox, applets }: Toolbox, owner: FileOwner): void {
  const attributes = MOUNT_ATTRIBUTE.readonly | MOUNT_ATTRIBUTE.nosuid | MOUNT_ATTRIBUTE.nodev;
  const open: number[] = [];
  try {
    const program = openMount(busybox, { attributes });
    open.push(program);
    const links = openMount(applets, { attributes });
    open.push(links);
    // Whatever the container has there, nothing of this machine can be reached from inside.
    insideMounts(namespace, owner, () => {
      if (statfsSync(path.dirname(TOOLS_FOLDER)).type !== TMPFS_MAGIC)
        fail('E_ENGINE', 'bringing tools along: /dev of the container is no file system of its own');
      if (isThere(`${APPLETS_TARGET}/sh`)) return;
      makeDirectory(TOOLS_FOLDER);
      makeDirectory(APPLETS_TARGET);
      makeFile(BUSYBOX_TARGET);
      moveMountTo(program, BUSYBOX_TARGET);
      moveMountTo(links, APPLETS_TARGET);
    });
  } finally {
    for (const descriptor of open) closeSync(descriptor);
  }
}

function isThere(place: string): boolean {
  return lstatSync(place, { throwIfNoEntry: false }) !== undefined;
}

function makeDirectory(place: string): void {
  const stats = lstatSync(place, { throwIfNoEntry: false });
  if (stats === undefined) mkdirSync(place, 0o755);
  else if (!stats.isDirectory()) failOccupied(place);
}

/** What is there is never opened: that of a FIFO would wait, that of a device do something. */
function makeFile(place: string): void {
  try {
    closeSync(openSync(place, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_NONBLOCK, 0o755));
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST')) throw thrown;
    if (lstatSync(place, { throwIfNoEntry: false })?.isFile() !== true) failOccupied(place);
  }
}

function failOccupied(place: string): never {
  return fail('E_ENGINE', `bringing tools along: the container has something else at ${place}`);
}
