import { fchmodSync, fchownSync, futimesSync } from 'node:fs';
import { systemReason } from '../../io/system-error.js';
import { fail, StrataError } from '../../model/error.js';
import { decodeName, encodeName, isUtf8Name } from '../../model/name.js';

/** A path of the host: text, or bytes where a name is not UTF-8. */
export type HostPath = string | Buffer;

/** Owner, mode and time that a file of the host gets; undefined leaves what it has. */
export interface HostMetadata {
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  /** Lower twelve bits. */
  readonly mode: number | undefined;
  /** Nanoseconds since 1970. */
  readonly mtime: bigint;
}

/** Sets owner, mode and time of an open file, in the order in which none undoes another. */
export function applyToOpen(descriptor: number, { owner, mode, mtime }: HostMetadata): void {
  if (owner !== undefined) fchownSync(descriptor, owner.uid, owner.gid);
  if (mode !== undefined) fchmodSync(descriptor, mode);
  const time = hostTime(mtime);
  futimesSync(descriptor, time, time);
}

/**
 * Returns a time as Node's calls take it: seconds with microseconds at best, so nanoseconds are cut; before 1970 a Date,
 * since Node takes negative numbers for "now".
 */
export function hostTime(nanoseconds: bigint): number | Date {
  if (nanoseconds >= 0n) return Number(nanoseconds / 1000n) / 1e6;
  return new Date(Number(nanoseconds / 1_000_000n));
}

/** Returns the path as the host's calls take it, whatever bytes are in it. */
export function hostPath(name: string): HostPath {
  return isUtf8Name(name) ? name : Buffer.from(encodeName(name));
}

/** Returns the path as a name, to be shown. */
export function showPath(at: HostPath): string {
  return typeof at === 'string' ? at : decodeName(at);
}

/** Runs a step of writing `at`; what the system refuses is told as {@link failWriting} does. */
export function doing<T>(what: string, at: HostPath, step: () => T): T {
  try {
    return step();
  } catch (thrown) {
    return failWriting(what, at, thrown);
  }
}

/** Throws what the system's refusal to write `at` means to a user: E_DISK_FULL, E_EXISTS, E_NOT_FOUND, E_UNWRITABLE. */
export function failWriting(what: string, at: HostPath, thrown: unknown): never {
  if (thrown instanceof StrataError) throw thrown;
  const { code, reason } = systemReason(thrown);
  if (code === '') throw thrown;
  const message = `${what} ${showPath(at)}: ${reason}`;
  const cause = thrown;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return fail('E_DISK_FULL', message, { cause });
    case 'EEXIST':
    case 'ENOTEMPTY':
    case 'EBUSY':
      return fail('E_EXISTS', message, {
        hint: 'name a path that does not exist, or an empty directory',
        cause,
      });
    case 'ENOENT':
    case 'ENOTDIR':
      return fail('E_NOT_FOUND', message, { hint: 'make the directory it is to be in first', cause });
    default:
      return fail('E_UNWRITABLE', message, { cause });
  }
}
