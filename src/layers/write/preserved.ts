/** What a file of an image has and one of the host may not get. */
interface Owned {
  readonly uid: number;
  readonly gid: number;
  /** Lower twelve bits. */
  readonly mode: number;
}

/** (uid_t)-1: chown(2) takes it for "leave who it is", so no file of Linux can belong to it. */
const NOBODY = 0xffffffff;
const SETUID = 0o4000;
const SETGID = 0o2000;

/** Says whether a file can belong to that user and group. */
export function canBelong({ uid, gid }: Pick<Owned, 'uid' | 'gid'>): boolean {
  return uid !== NOBODY && gid !== NOBODY;
}

/** Returns the mode with which the file is as powerful as in the image at most: who cannot own it lends nobody his rights. */
export function preservedMode({ uid, gid, mode }: Owned): number {
  return mode & ~((uid === NOBODY ? SETUID : 0) | (gid === NOBODY ? SETGID : 0));
}
