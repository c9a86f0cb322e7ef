import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { removeStorage, storageDriver, tool } from './tool.js';

/** A root file system that buildah turns into layers, one commit after another. */
export interface Builder {
  /** Runs `change` on the mounted root and commits what it did as one layer whose history says `instruction`. */
  layer(instruction: string, change: (root: string) => Promise<void>): Promise<void>;
  /** Writes the image as an OCI layout with gzip layers. */
  writeLayout(layout: string, tag: string): Promise<void>;
  /** Removes the storage, also after a change that failed half-way. */
  close(): Promise<void>;
}

/** Returns a builder that begins from scratch, with a storage of its own below `folder`. */
export function startBuilder(folder: string): Builder {
  const storage = path.join(folder, 'storage');
  mkdirSync(storage, { recursive: true });
  const global = [
    '--root',
    path.join(storage, 'root'),
    '--runroot',
    path.join(storage, 'run'),
    '--storage-driver',
    storageDriver(storage),
  ];
  const buildah = async (...args: string[]) => (await tool('buildah', [...global, ...args])).trim();
  let image = 'scratch';
  return {
    async layer(instruction, change) {
      const container = await buildah('from', '--pull-never', image);
      const root = await buildah('mount', container);
      await change(root);
      await buildah('umount', container);
      await buildah('config', '--created-by', instruction, container);
      image = await buildah('commit', '--quiet', '--rm', container);
    },
    async writeLayout(layout, tag) {
      await buildah('push', '--quiet', image, `oci:${layout}:${tag}`);
    },
    async close() {
      await removeStorage(storage);
    },
  };
}
