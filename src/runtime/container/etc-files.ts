import { chown, copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { isAbsent } from '../../store/failure.js';
import { idOutside, type IdMap } from '../id-map.js';
import type { ContainerFolder } from './folder.js';

/** Files that are mounted into the container; where they are does not outlive a reboot. */
const NAMES = ['hosts', 'hostname', 'resolv'];

/** Keeps the files of /etc that were made for a container with it. */
export async function keepEtcFiles({ root, run }: ContainerFolder): Promise<void> {
  await mkdir(path.join(root, 'etc'), { mode: 0o700 });
  for (const name of NAMES) await copyFile(path.join(run, name), path.join(root, 'etc', name));
}

/** Makes those again that are not there any more. */
export async function restoreEtcFiles({ root, run }: ContainerFolder, idMap: IdMap): Promise<void> {
  const owner = idOutside(idMap, 0) ?? 0;
  for (const name of NAMES) {
    const file = path.join(run, name);
    try {
      await copyFile(path.join(root, 'etc', name), file, 1);
      await chown(file, owner, owner);
    } catch (thrown) {
      // There already, or never kept.
      const exists = thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST';
      if (!exists && !isAbsent(thrown)) throw thrown;
    }
  }
}
