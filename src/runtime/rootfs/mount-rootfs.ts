import { mkdirSync, rmSync, statSync } from 'node:fs';
import { uptime } from 'node:os';
import path from 'node:path';
import { fail } from '../../model/error.js';
import type { Store } from '../../store/store.js';
import type { ContainerFolder } from '../container/folder.js';
import type { ContainerRecord } from '../container/record.js';
import { recordedSnapshot } from '../snapshot/prepared.js';
import { overlayMarks } from '../snapshot/overlay-marks.js';
import { enterPrivateMounts } from '../sys/namespace.js';
import { cgroupLayout, hideUnified } from './cgroup.js';
import { mountLowers } from './mount-lowers.js';
import { mountOverlay } from './mount-overlay.js';
import { mountVolumes } from './mount-volumes.js';
import { ownNullDevice } from './null-device.js';
import { beginUserNamespace, type UserNamespace } from './user-namespace.js';

/** What of a container's record says how it is mounted. */
export type MountRecord = Pick<ContainerRecord, 'snapshot' | 'idMap' | 'volumes' | 'engine' | 'remove'>;

/**
 * Gives this process a mount namespace of its own for a container's file system, which is gone with the last process in it,
 * so that nothing is ever left mounted. Throws SystemCallError.
 */
export function enterContainerMounts(): void {
  enterPrivateMounts();
  ownNullDevice();
  hideUnified(cgroupLayout());
}

/**
 * Mounts all that a container is to see: its file system on `folder.rootfs`, the snapshot, the init layer and what it wrote
 * in that order, and the sources of the user's mounts with its ids in `folder.volumes`. To be called in a mount namespace
 * that was entered for it. `userNamespace` is
 * closed afterwards; undefined where the ids are the host's. Returns notes for the user. Throws E_PRIVILEGE, E_NOT_FOUND for
 * a source that went away, SystemCallError.
 */
export async function mountContainer(
  store: Store,
  folder: ContainerFolder,
  record: MountRecord,
  userNamespace = userNamespaceOf(record),
): Promise<readonly string[]> {
  try {
    for (const directory of [folder.run, folder.lower, folder.base, folder.volumes, folder.rootfs])
      mkdirSync(directory, { recursive: true, mode: 0o755 });
    return mountAll(store, folder, record, await userNamespace?.descriptor);
  } finally {
    await userNamespace?.close();
  }
}

/** Begins to make what shifts the ids of a container's files; undefined where they are the host's. */
export function userNamespaceOf({ idMap }: Pick<MountRecord, 'idMap'>): UserNamespace | undefined {
  return idMap.length === 0 ? undefined : beginUserNamespace(idMap);
}

function mountAll(
  store: Store,
  folder: ContainerFolder,
  { snapshot, volumes = [], engine, remove }: MountRecord,
  userNamespace: number | undefined,
): readonly string[] {
  const mountable = recordedSnapshot(store, folder, snapshot);
  const lowers = mountLowers(mountable, folder, userNamespace);
  const marks = mountable.kind === 'unpacked' ? mountable.marks : overlayMarks();
  // The upper one is not idmapped: overlayfs could not work in it.
  const upper = { directory: folder.upper, work: folder.work, volatile: remove };
  if (remove) allowAgain(folder.work);
  mountOverlay({ lowers: [folder.init, ...lowers], upper, marks }, folder.rootfs);
  return userNamespace === undefined ? [] : mountVolumes(volumes, folder.volumes, userNamespace, engine.kind);
}

/**
 * Overlayfs takes the work directory of a volatile mount no second time (kernel doc overlayfs.rst, "Volatile mount"). Of a
 * mount since the machine started everything is there; what one before it wrote may be torn. Throws E_STORE for that.
 */
function allowAgain(work: string): void {
  const mark = path.join(work, 'work/incompat');
  const made = statSync(mark, { throwIfNoEntry: false })?.ctimeMs;
  if (made !== undefined && made < Date.now() - uptime() * 1000)
    fail('E_STORE', 'mounting the file system of a container of --rm: the machine went down while it ran', {
      hint: 'what it wrote may be incomplete; strata rm removes it',
    });
  rmSync(mark, { recursive: true, force: true });
}
