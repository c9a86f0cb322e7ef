import { constants } from 'node:os';
import { fail, StrataError } from '../model/error.js';

/** Returns the errno name of a thrown value (`ENOENT`, `ENOSPC`, …), '' when it has none. */
export function errnoOf(thrown: unknown): string {
  if (!(thrown instanceof Error) || !('code' in thrown)) return '';
  // libuv has no name for a full quota.
  if ('errno' in thrown && thrown.errno === -constants.errno.EDQUOT) return 'EDQUOT';
  return typeof thrown.code === 'string' ? thrown.code : '';
}

/** True when the thrown value says that the path, or a directory on the way to it, does not exist. */
export function isAbsent(thrown: unknown): boolean {
  const errno = errnoOf(thrown);
  return errno === 'ENOENT' || errno === 'ENOTDIR';
}

/**
 * Throws what a failed operation on the store means to a user: E_DISK_FULL (ENOSPC, EDQUOT), E_UNWRITABLE (EACCES,
 * EPERM, EROFS) or, of a call that reads, E_UNREADABLE, E_STORE_DAMAGED
 * (EISDIR), else E_STORE. A StrataError passes as it is. `doing` names the deed and the thing.
 */
export function failStore(doing: string, thrown: unknown): never {
  if (thrown instanceof StrataError) throw thrown;
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  switch (errnoOf(thrown)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return fail('E_DISK_FULL', `${doing}: no space left on the device`, {
        hint: '`strata prune --all --blobs-older-than 0s` removes what no image or container needs; STRATA_STORE moves the store elsewhere',
        cause: thrown,
      });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      if (isRead(thrown)) return failStoreRead(doing, thrown);
      return fail('E_UNWRITABLE', `${doing}: ${why}`, {
        hint: 'set STRATA_STORE to a directory that can be written',
        cause: thrown,
      });
    case 'EISDIR':
      return fail('E_STORE_DAMAGED', `${doing}: a directory has the name of a file: ${why}`, {
        hint: '`strata fsck --repair` puts it aside',
        cause: thrown,
      });
    default:
      return fail('E_STORE', `${doing}: ${why}`, { cause: thrown });
  }
}

/**
 * The same where the store was only to be read: E_UNREADABLE where the system refuses. {@link failStore} says so too where
 * the refused call can only be one that reads.
 */
export function failStoreRead(doing: string, thrown: unknown): never {
  const errno = errnoOf(thrown);
  if (thrown instanceof StrataError || (errno !== 'EACCES' && errno !== 'EPERM'))
    return failStore(doing, thrown);
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return fail('E_UNREADABLE', `${doing}: ${why}`, {
    hint: 'who may read it? `ls -ld` says; set STRATA_STORE to a store of your own',
    cause: thrown,
  });
}

/** Calls of the system that change nothing. */
const READS = new Set(['scandir', 'opendir', 'stat', 'lstat', 'readlink', 'read']);

function isRead(thrown: unknown): boolean {
  return thrown instanceof Error && 'syscall' in thrown && READS.has(String(thrown.syscall));
}

/** Throws E_INTERRUPTED when the signal was raised. */
export function stopIfAborted(signal: AbortSignal | undefined, doing: string): void {
  if (signal?.aborted === true) fail('E_INTERRUPTED', `${doing}: interrupted`);
}
