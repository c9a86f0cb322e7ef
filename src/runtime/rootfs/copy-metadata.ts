import { chmodSync, chownSync } from 'node:fs';
import type { SnapshotFile } from '../../layers/union/snapshot-file.js';
import { encodeName } from '../../model/name.js';
import { ownerOf } from '../erofs/inodes.js';
import { refusedXattr } from '../erofs/xattr-area.js';
import { type IdMap, idOutside } from '../id-map.js';
import { setTimes } from '../sys/times.js';
import { setXattr } from '../sys/xattr.js';

/** Gives a directory of ours the owner, mode, attributes and time of one of the snapshot, as the host is to see them. */
export function copyMetadata(file: SnapshotFile, place: string, idMap: IdMap): void {
  const [uid, gid] = [ownerOf(file.uid), ownerOf(file.gid)];
  chownSync(place, idOutside(idMap, uid) ?? uid, idOutside(idMap, gid) ?? gid);
  chmodSync(place, file.mode);
  for (const [name, value] of file.xattrs)
    if (refusedXattr(name, value, file.kind) === undefined) setXattr(place, encodeName(name), value);
  setTimes(place, file.mtime);
}
