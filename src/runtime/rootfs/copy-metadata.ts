import { chmodSync, chownSync } from 'node:fs';
import type { SnapshotFile } from '../../layers/snapshot-file.js';
import { type IdMap, idOutside } from '../id-map.js';
import { setTimes } from '../sys/times.js';
import { setXattr } from '../sys/xattr.js';

/** Gives a directory of ours the owner, mode, attributes and time of one of the snapshot, as the host is to see them. */
export function copyMetadata(file: SnapshotFile, place: string, idMap: IdMap): void {
  chownSync(place, idOutside(idMap, file.uid) ?? file.uid, idOutside(idMap, file.gid) ?? file.gid);
  chmodSync(place, file.mode);
  for (const [name, value] of file.xattrs)
    if (!/^(?:trusted|user)\.overlay\./.test(name)) setXattr(place, name, value);
  setTimes(place, file.mtime);
}
