import { createHash } from 'node:crypto';
import { createDataHasher } from '../../layers/index/data-hasher.js';
import { FACET } from '../../layers/union/facets.js';
import type { SnapshotFile } from '../../layers/union/snapshot-file.js';
import { digestFromBytes } from '../../model/digest.js';
import { isHostLabel } from '../upper/overlay-xattrs.js';
import { upperContent, upperData } from '../upper/upper-content.js';
import type { UpperEntry } from '../upper/upper-entry.js';

/**
 * Returns the mask of what differs between a path of the snapshot and of the container, hard links not looked at. A file
 * is read only when its size is the same. `onBytes` is told of what was read, and waited for. Throws what
 * {@link upperContent} throws.
 */
export async function entryFacets(
  before: SnapshotFile,
  after: UpperEntry,
  onBytes: (count: number) => Promise<void> | undefined,
): Promise<number> {
  let mask = 0;
  if (before.uid !== after.uid || before.gid !== after.gid) mask |= FACET.owner;
  if (before.mode !== after.mode) mask |= FACET.mode;
  if (before.mtime !== after.mtime) mask |= FACET.mtime;
  if (!sameXattrs(before.xattrs, after.xattrs)) mask |= FACET.xattrs;
  if (before.kind !== after.kind) return mask | FACET.kind;
  if (before.link !== after.link) mask |= FACET.link;
  if (before.deviceMajor !== after.deviceMajor || before.deviceMinor !== after.deviceMinor)
    mask |= FACET.device;
  if (after.kind === 'file' && !(await sameContent(before, after, onBytes))) mask |= FACET.content;
  return mask;
}

function sameXattrs(a: ReadonlyMap<string, Uint8Array>, b: ReadonlyMap<string, Uint8Array>): boolean {
  let expected = b.size;
  for (const [name, value] of a) {
    if (isHostLabel(name)) continue;
    const other = b.get(name);
    if (other === undefined || Buffer.compare(value, other) !== 0) return false;
    expected -= 1;
  }
  return expected === 0;
}

async function sameContent(
  before: SnapshotFile,
  after: UpperEntry,
  onBytes: (count: number) => Promise<void> | undefined,
): Promise<boolean> {
  if (before.size !== after.size) return false;
  if (after.size === 0) return true;
  // Sparse files that are too large to expand have no digest but that of their data.
  if (before.content === undefined) return (await dataDigest(after, onBytes)) === before.dataDigest;
  const hash = createHash('sha256');
  for (const chunk of upperContent(after)) {
    hash.update(chunk);
    const pause = onBytes(chunk.length);
    if (pause !== undefined) await pause;
  }
  return digestFromBytes(hash.digest()) === before.content;
}

async function dataDigest(
  entry: UpperEntry,
  onBytes: (count: number) => Promise<void> | undefined,
): Promise<string> {
  const hasher = createDataHasher();
  for (const { position, bytes } of upperData(entry)) {
    hasher.data(position, bytes);
    const pause = onBytes(bytes.length);
    if (pause !== undefined) await pause;
  }
  return hasher.end(entry.size);
}
