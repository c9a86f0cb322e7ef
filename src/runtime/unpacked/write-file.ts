import { closeSync, constants, fchmodSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { entryAt } from '../../layers/index/layer-index.js';
import type { HostPath } from '../../layers/write/host-write.js';
import type { SnapshotFile } from '../../layers/union/snapshot-file.js';
import type { Inode, Union } from '../../layers/union/union.js';
import type { LeftOutLog } from '../erofs/left-out.js';
import { setOpenTimes } from '../sys/times.js';
import type { LayerTars } from './layer-tars.js';
import { noteTime, setAttributes, setOwner } from './metadata.js';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
const CREATE = O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY;

/** Makes a regular file with all that it has; holes stay holes. Returns the bytes of content written. */
export function writeRegularFile(
  union: Union,
  file: SnapshotFile,
  inode: Inode,
  at: HostPath,
  tars: LayerTars,
  left: LeftOutLog,
): number {
  const descriptor = openSync(at, CREATE, 0o600);
  try {
    const bytes = writeContent(union, inode, descriptor, file.size, tars);
    setOwner(file, at, left);
    fchmodSync(descriptor, file.mode);
    setAttributes(file, at, left);
    setOpenTimes(descriptor, file.mtime);
    noteTime(file, at, left);
    return bytes;
  } finally {
    closeSync(descriptor);
  }
}

function writeContent(
  union: Union,
  { layer, row }: Inode,
  descriptor: number,
  size: number,
  tars: LayerTars,
): number {
  const index = union.layers[layer - 1];
  let from = entryAt(index, row).dataOffset;
  const sparse = index.sparse.get(row);
  // First, so that a size that the file system cannot hold ends it before anything is read.
  if (sparse !== undefined) ftruncateSync(descriptor, size);
  const fragments = sparse?.fragments ?? [0, size];
  let written = 0;
  for (let i = 0; i < fragments.length; i += 2) {
    const [start, length] = [fragments[i], fragments[i + 1]];
    for (let done = 0; done < length;) {
      const part = tars.read(layer, from, length - done);
      for (let taken = 0; taken < part.length;)
        taken += writeSync(descriptor, part, taken, part.length - taken, start + done + taken);
      done += part.length;
      from += part.length;
    }
    written += length;
  }
  return written;
}
