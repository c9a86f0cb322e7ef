import path from 'node:path';
import { mountRootfs } from '../rootfs/mount-rootfs.js';
import type { ContainerFolder } from './folder.js';
import type { ContainerRecord } from './record.js';

/** Mounts a container's file system again from what is kept with it. See mountRootfs. */
export async function mountRecord(
  folder: ContainerFolder,
  { snapshot, idMap }: ContainerRecord,
): Promise<void> {
  const inFolder = (name: string): string => path.join(folder.layers, name);
  const { image, devices } = snapshot;
  await mountRootfs(folder, { image: inFolder(image), devices: devices.map(inFolder) }, idMap);
}
