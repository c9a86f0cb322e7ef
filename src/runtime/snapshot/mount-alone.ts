import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { SnapshotFile } from '../../layers/union/snapshot-file.js';
import { mountErofs } from '../erofs/mount.js';
import { copyMetadata } from '../rootfs/copy-metadata.js';
import { mountLowers } from '../rootfs/mount-lowers.js';
import { mountOverlay } from '../rootfs/mount-overlay.js';
import type { MountableSnapshot } from './prepared.js';

/**
 * Mounts a snapshot by itself, read-only and with the ids that the image has, on a new directory in the private `folder`,
 * and returns that. `root` is what the snapshot has at `/`. To be called in a private mount namespace. Throws E_PRIVILEGE,
 * SystemCallError.
 */
export function mountAlone(snapshot: MountableSnapshot, root: SnapshotFile, folder: string): string {
  const [target, bottom] = ['mounted', 'bottom'].map((name) => path.join(folder, name));
  mkdirSync(target);
  if (snapshot.kind === 'erofs') {
    mountErofs(snapshot.image, snapshot.devices, target);
    return target;
  }
  // Overlayfs takes no single layer; where there is none, this one is what is seen.
  mkdirSync(bottom);
  copyMetadata(root, bottom, []);
  const lowers = mountLowers(snapshot, { lower: bottom, base: bottom }, undefined);
  const nothing = path.join(folder, 'nothing');
  mkdirSync(nothing);
  const stack = lowers.length === 0 ? [bottom, nothing] : [...lowers, bottom];
  mountOverlay({ lowers: stack, upper: undefined, marks: snapshot.marks }, target);
  return target;
}
