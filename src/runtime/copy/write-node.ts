import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  ftruncateSync,
  lchownSync,
  openSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { fail } from '../../model/error.js';
import { encodeName } from '../../model/name.js';
import { type IdMap, idOutside } from '../id-map.js';
import { asFileOwner } from '../sys/file-owner.js';
import { SystemCallError } from '../sys/libc.js';
import { makeNode } from '../sys/node.js';
import { setTimes } from '../sys/times.js';
import { setXattr } from '../sys/xattr.js';
import type { CopyEntry, Loss, Pieces } from './copy-entry.js';
import { outsideXattrs } from './outside-xattrs.js';

/** What copied files get on the side where they go. */
export interface WritePolicy {
  /** Of that side; empty when ids are this machine's. */
  readonly idMap: IdMap;
  /** Owners, set-user-id bits, devices and all attributes are kept. */
  readonly archive: boolean;
  /** The owner of everything without `archive`, by the ids inside. */
  readonly owner: { readonly uid: number; readonly gid: number };
  readonly onLoss: (path: string, what: Loss) => void;
}

/**
 * Returns what `step` returns, which makes one name: root of the container's from the beginning on, since its volumes are
 * mounted with its ids alone.
 */
export function making<T>({ idMap }: WritePolicy, step: () => T): T {
  const id = idOutside(idMap, 0);
  return idMap.length === 0 || id === undefined ? step() : asFileOwner({ uid: id, gid: id }, step);
}

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
const TYPE = { fifo: 0o010000, character: 0o020000, block: 0o060000 } as const;
const SET_ID = 0o6000;

/**
 * Makes the file, link, FIFO or device of an entry at `place`, a name in an open directory that nothing has yet; false when
 * it is left out. Nothing that is there, or comes there meanwhile, is followed or opened.
 */
export async function makeNodeOf(
  entry: CopyEntry,
  pieces: Pieces,
  place: Buffer,
  policy: WritePolicy,
): Promise<boolean> {
  const { kind } = entry;
  if (kind === 'file') {
    await writeFile(entry, pieces, place, policy);
    return true;
  }
  if (kind === 'symlink')
    making(policy, () => {
      symlinkSync(Buffer.from(encodeName(entry.link)), place);
    });
  else if (kind === 'fifo' || kind === 'character' || kind === 'block') {
    const device = kind !== 'fifo';
    if (device && (!policy.archive || (entry.deviceMajor === 0 && entry.deviceMinor === 0))) {
      policy.onLoss(entry.path, 'device');
      return false;
    }
    // Not chmod(2) afterwards: that would follow a link which has come in its place.
    const umask = process.umask(0);
    try {
      making(policy, () => {
        makeNode(place, TYPE[kind] | (entry.mode & 0o777), entry.deviceMajor, entry.deviceMinor);
      });
    } catch (thrown) {
      if (!device || !(thrown instanceof SystemCallError) || thrown.errno !== 'EPERM') throw thrown;
      policy.onLoss(entry.path, 'device');
      return false;
    } finally {
      process.umask(umask);
    }
  }
  const { uid, gid } = ownerOf(entry, policy);
  if (mustOwn(policy)) lchownSync(place, uid, gid);
  putXattrs(entry, place, policy);
  setTimes(place, entry.mtime);
  return true;
}

async function writeFile(
  entry: CopyEntry,
  pieces: Pieces,
  place: Buffer,
  policy: WritePolicy,
): Promise<void> {
  const flags = O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY;
  const descriptor = making(policy, () => openSync(place, flags, 0o600));
  try {
    for await (const { offset, bytes } of pieces)
      for (let at = 0; at < bytes.length;)
        at += writeSync(descriptor, bytes, at, bytes.length - at, offset + at);
    ftruncateSync(descriptor, entry.size);
    giveMetadata(descriptor, entry, place, policy);
  } finally {
    closeSync(descriptor);
  }
}

/** Gives an open file or directory what belongs to it beside its content; `place` names it, without a link to follow. */
export function giveMetadata(descriptor: number, entry: CopyEntry, place: Buffer, policy: WritePolicy): void {
  const { uid, gid } = ownerOf(entry, policy);
  if (mustOwn(policy)) fchownSync(descriptor, uid, gid);
  // After the owner, whose change takes them away.
  putXattrs(entry, place, policy);
  if (!policy.archive && entry.kind === 'file' && (entry.mode & SET_ID) !== 0)
    policy.onLoss(entry.path, 'setuid');
  fchmodSync(descriptor, entry.mode & (policy.archive ? 0o7777 : 0o1777));
  setTimes(place, entry.mtime);
}

/** Without, what is made is ours already, and others than root cannot give it away. */
function mustOwn({ archive, idMap }: WritePolicy): boolean {
  return archive || idMap.length > 0 || process.getuid?.() === 0;
}

function ownerOf(entry: CopyEntry, { idMap, archive, owner }: WritePolicy): { uid: number; gid: number } {
  const wanted = archive ? entry : owner;
  const [uid, gid] = [idOutside(idMap, wanted.uid), idOutside(idMap, wanted.gid)];
  if (uid === undefined || gid === undefined)
    return fail(
      'E_UNWRITABLE',
      `copying ${entry.path}: its owner ${String(wanted.uid)}:${String(wanted.gid)} is not one of the container's user namespace`,
      { hint: 'leave --archive out' },
    );
  return { uid, gid };
}

function putXattrs(entry: CopyEntry, place: Buffer, { idMap, archive, onLoss }: WritePolicy): void {
  if (entry.xattrs.size === 0) return;
  const outside = outsideXattrs(entry.xattrs, idMap);
  if (outside === undefined) {
    onLoss(entry.path, 'xattr');
    return;
  }
  for (const [name, value] of outside) {
    if (!archive && !name.startsWith('user.')) onLoss(entry.path, 'xattr');
    else
      try {
        setXattr(place, Buffer.from(encodeName(name)).toString('latin1'), value);
      } catch (thrown) {
        if (!(thrown instanceof SystemCallError)) throw thrown;
        onLoss(entry.path, 'xattr');
      }
  }
}
