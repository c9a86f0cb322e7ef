import { lchownSync, lstatSync } from 'node:fs';
import type { HostPath } from '../../layers/write/host-write.js';
import { systemReason } from '../../io/system-error.js';
import type { FileStatus } from '../../model/file-status.js';
import type { FileKind } from '../../model/entry.js';
import { encodeName } from '../../model/name.js';
import { ownerOf } from '../erofs/inodes.js';
import type { LeftOutLog } from '../erofs/left-out.js';
import { refusedXattr } from '../erofs/xattr-area.js';
import { SystemCallError } from '../sys/libc.js';
import { setTimes } from '../sys/times.js';
import { setXattr } from '../sys/xattr.js';

const BILLION = 1_000_000_000n;
/** What a file system that counts seconds in 32 bits can hold. */
const SURE_TIME = 2n ** 31n;
/** A file of the caller's own namespace cannot be given away to who is not in it, or not at all. */
const NOT_OURS: ReadonlySet<string> = new Set(['EPERM', 'EINVAL']);
/** ENOSPC and E2BIG: the file system keeps all attributes of a file in one block. */
const REFUSED: ReadonlySet<string> = new Set(['EPERM', 'EINVAL', 'ENOSPC', 'E2BIG', 'ERANGE', 'EOPNOTSUPP']);

/** What is made, and its path in the image. */
type Made = Pick<FileStatus, 'mode' | 'uid' | 'gid' | 'mtime' | 'xattrs'> & {
  readonly path: string;
  readonly kind: FileKind;
};

/** Sets whom a file belongs to. It goes before the mode and the attributes, some of which it would take away. */
export function setOwner(file: Made, at: HostPath, left: LeftOutLog): void {
  const [uid, gid] = [ownerOf(file.uid), ownerOf(file.gid)];
  if (uid !== file.uid) left.add('owner', file.path, 'user');
  if (gid !== file.gid) left.add('owner', file.path, 'group');
  try {
    lchownSync(at, uid, gid);
  } catch (thrown) {
    if (!NOT_OURS.has(systemReason(thrown).code)) throw thrown;
    left.add('owner', file.path, `${String(uid)}:${String(gid)}`);
  }
}

/** Sets all extended attributes that can be, after the mode, which belongs to some of them. */
export function setAttributes(file: Made, at: HostPath, left: LeftOutLog): void {
  for (const [name, value] of file.xattrs) {
    const why = refusedXattr(name, value, file.kind);
    if (why !== undefined) {
      left.add(why, file.path, name);
      continue;
    }
    try {
      setXattr(at, encodeName(name), value);
    } catch (thrown) {
      if (!(thrown instanceof SystemCallError) || !REFUSED.has(thrown.errno)) throw thrown;
      left.add('xattr', file.path, name);
    }
  }
}

/** Sets when it was last changed, after everything else of it. */
export function setTime(file: Made, at: HostPath, left: LeftOutLog): void {
  setTimes(at, file.mtime);
  noteTime(file, at, left);
}

/** Logs a time that the file system could not hold. */
export function noteTime(file: Made, at: HostPath, left: LeftOutLog): void {
  const seconds = file.mtime / BILLION;
  if (seconds < SURE_TIME && seconds > -SURE_TIME) return;
  if (lstatSync(at, { bigint: true }).mtimeNs !== file.mtime) left.add('time', file.path, String(seconds));
}
