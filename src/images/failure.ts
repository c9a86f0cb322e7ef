import { StrataError, fail } from '../model/error.js';

/** Returns the errno name of a failed system call, '' for anything else. */
export function errnoOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
}

/** Turns a failed system call into E_NOT_FOUND or E_UNREADABLE; what is a StrataError already goes on as it is. */
export function failFile(doing: string, thrown: unknown): never {
  if (thrown instanceof StrataError) throw thrown;
  const errno = errnoOf(thrown);
  if (errno === 'ENOENT' || errno === 'ENOTDIR')
    return fail('E_NOT_FOUND', `${doing}: no such file`, { cause: thrown });
  if (errno === '') throw thrown;
  const hint = errno === 'EACCES' ? 'check the permissions of the file' : undefined;
  return fail(
    'E_UNREADABLE',
    `${doing}: ${errno}`,
    hint === undefined ? { cause: thrown } : { hint, cause: thrown },
  );
}
