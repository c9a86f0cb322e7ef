import path from 'node:path';
import type { Layer } from '../../model/image.js';
import { encodeName, isUtf8Name } from '../../model/name.js';
import { type HostPath } from './host-write.js';
import type { SnapshotFile } from '../union/snapshot-file.js';
import { createStaging, refuseExisting } from './staging.js';
import type { Union } from '../union/union.js';
import type { WriteOptions } from './extract-files.js';
import { directoryMetadata, umaskOf, type Written, writeTree } from './write-tree.js';

/** A file, link or tree of a snapshot, and the name it gets. */
export interface ExtractItem {
  readonly file: SnapshotFile;
  /** One name in the directory that all items go to (see model/name). */
  readonly name: string;
}

/**
 * Writes files and trees of snapshot `n` into the host's directory `parent` under the names of the items; afterwards all
 * of them are there whole, or none. They are made in a new private directory and moved: nothing is overwritten, and
 * nothing of the image is resolved on the host (see {@link writeTree}). Throws E_EXISTS, E_NOT_FOUND for a missing
 * parent, E_UNWRITABLE, E_DISK_FULL, E_INTERRUPTED, E_LAYER_UNAVAILABLE and what reading a layer throws.
 */
export async function extract(
  union: Union,
  layers: readonly Layer[],
  n: number,
  items: readonly ExtractItem[],
  parent: string,
  options: Omit<WriteOptions, 'umask'>,
): Promise<Written> {
  const targets = items.map(({ name }) => joinHost(parent, name));
  for (const target of targets) refuseExisting(target);
  const written: Written = { files: 0, bytes: 0, notRestored: new Map() };
  const staging = createStaging(parent);
  let whole = false;
  try {
    const settings = { ...options, umask: options.preserve ? 0 : umaskOf(`${staging.root}/umask`) };
    for (const [i, { file }] of items.entries())
      await writeTree(union, layers, n, file, `${staging.root}/${String(i)}`, written, settings);
    for (const [i, { file }] of items.entries())
      if (isMade(file))
        staging.publish(
          String(i),
          targets[i],
          file.kind === 'directory' ? directoryMetadata(file, settings) : undefined,
        );
    whole = true;
    return written;
  } finally {
    staging.end(whole);
  }
}

/** False for what Node cannot make: then there is nothing to publish. */
function isMade({ kind }: SnapshotFile): boolean {
  return kind === 'directory' || kind === 'file' || kind === 'symlink';
}

function joinHost(parent: string, name: string): HostPath {
  return isUtf8Name(name)
    ? path.join(parent, name)
    : Buffer.concat([Buffer.from(`${parent}/`), encodeName(name)]);
}
