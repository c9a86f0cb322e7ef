import { fail, StrataError } from '../../model/error.js';
import type { ErrorCode } from '../../model/error-codes.js';

interface Refusal {
  readonly code: ErrorCode;
  readonly why: string;
  readonly hint?: string;
}

/** What the operating system's refusals mean to a user (errno names of POSIX). */
const BY_ERRNO: ReadonlyMap<string, Refusal> = new Map([
  ['ENOENT', { code: 'E_NOT_FOUND', why: 'no such file or directory' }],
  ['ENOTDIR', { code: 'E_NOT_FOUND', why: 'a part of the path is not a directory' }],
  ['EISDIR', { code: 'E_NOT_A_FILE', why: 'it is a directory' }],
  ['EEXIST', { code: 'E_EXISTS', why: 'it exists already' }],
  ['ENOTEMPTY', { code: 'E_EXISTS', why: 'the directory is not empty' }],
  ['ENOSPC', { code: 'E_DISK_FULL', why: 'no space left on the device' }],
  ['EDQUOT', { code: 'E_DISK_FULL', why: 'the disk quota is used up' }],
  ['EFBIG', { code: 'E_DISK_FULL', why: 'the file grew larger than allowed' }],
  ['EROFS', { code: 'E_UNWRITABLE', why: 'the file system is read-only' }],
  ['EMFILE', { code: 'E_UNREADABLE', why: 'too many open files', hint: '`ulimit -n` raises the limit' }],
  ['ENFILE', { code: 'E_UNREADABLE', why: 'too many open files on this machine' }],
  ['ELOOP', { code: 'E_UNREADABLE', why: 'too many symbolic links' }],
  ['ENAMETOOLONG', { code: 'E_UNREADABLE', why: 'the name is too long for this system' }],
  ['EIO', { code: 'E_UNREADABLE', why: 'input/output error of the device' }],
]);

/** System calls that change something: refusing them (EACCES, EPERM) means not writable, others not readable. */
const WRITING =
  /^(?:write|ftruncate|truncate|mkdir|mkdtemp|rename|unlink|rmdir|rm|link|symlink|copyfile|chmod|fchmod|chown|lchown|fchown|utime|futime|lutime|fsync)$/;

/**
 * Returns the error to end with for anything that was thrown: ours as it is, what oclif says of the command line as
 * E_USAGE, what the system refused under its code with the path, an abort as E_INTERRUPTED; everything else is a
 * mistake of strata, E_INTERNAL.
 */
export function toFailure(thrown: unknown): StrataError {
  if (thrown instanceof StrataError) return withoutParserNoise(thrown);
  if (!(thrown instanceof Error)) return new StrataError('E_INTERNAL', String(thrown), { cause: thrown });
  if (thrown.name === 'AbortError') return new StrataError('E_INTERRUPTED', 'interrupted', { cause: thrown });
  return usageFailure(thrown) ?? systemFailure(thrown) ?? internal(thrown);
}

/** True when the reader of our output went away (`strata ls | head`): the end of the work, not a failure. */
export function isBrokenPipe(thrown: unknown): boolean {
  return thrown instanceof Error && text(thrown, 'code') === 'EPIPE';
}

/** oclif rewrites the message of whatever a flag's or argument's parser throws. */
const PARSER_NOISE = /^Parsing (--[\w-]+|\S+) \n\t([\s\S]*?)\n?See more help with --help$/;

function withoutParserNoise(error: StrataError): StrataError {
  const match = PARSER_NOISE.exec(error.message);
  if (match === null) return error;
  return new StrataError(error.code, `reading ${match[1]}: ${match[2]}`, {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    cause: error,
  });
}

function usageFailure(thrown: Error): StrataError | undefined {
  const exit: unknown = 'oclif' in thrown ? thrown.oclif : undefined;
  if (typeof exit !== 'object' || exit === null) return undefined;
  const noisy = PARSER_NOISE.exec(thrown.message);
  const message = noisy === null ? usageMessage(thrown) : `reading ${noisy[1]}: ${noisy[2]}`;
  return new StrataError('E_USAGE', message, {
    hint: 'add --help to see how the command is used',
    cause: thrown,
  });
}

/** oclif's messages are paragraphs for a wide screen; this is their one line. */
function usageMessage(thrown: Error): string {
  const lines = thrown.message.replace(/\n?See more help with --help\s*$/, '').split('\n');
  if ('args' in thrown && Array.isArray(thrown.args) && thrown.message.startsWith('Missing')) {
    const names = thrown.args.map((arg: unknown) => text(arg, 'name')).filter((name) => name !== '');
    return `reading the command line: missing ${names.join(' and ')}`;
  }
  const rest = lines.map((line) => line.trim()).filter((line) => line !== '');
  const first = rest.shift() ?? 'not understood';
  const joined = rest.length === 0 ? first : `${first} ${rest.join('; ')}`;
  return `reading the command line: ${joined.charAt(0).toLowerCase()}${joined.slice(1)}`;
}

function systemFailure(thrown: Error): StrataError | undefined {
  const errno = text(thrown, 'code');
  const syscall = text(thrown, 'syscall');
  if (syscall === '') return undefined;
  const refused = errno === 'EACCES' || errno === 'EPERM';
  const writing = WRITING.test(syscall);
  const known: Refusal | undefined = refused
    ? { code: writing ? 'E_UNWRITABLE' : 'E_UNREADABLE', why: 'permission denied' }
    : BY_ERRNO.get(errno);
  if (known === undefined) return undefined;
  const named = [text(thrown, 'dest'), text(thrown, 'path')].find((name) => name !== '');
  const thing = named ?? (writing ? 'the output' : 'a file');
  return new StrataError(known.code, `${writing ? 'writing' : 'reading'} ${thing}: ${known.why}`, {
    ...(known.hint === undefined ? {} : { hint: known.hint }),
    cause: thrown,
  });
}

function internal(thrown: Error): StrataError {
  return new StrataError('E_INTERNAL', `${thrown.name}: ${thrown.message}`, { cause: thrown });
}

function text(object: unknown, key: string): string {
  if (typeof object !== 'object' || object === null) return '';
  const value: unknown = Reflect.get(object, key);
  return typeof value === 'string' ? value : '';
}

/** Throws E_INTERRUPTED when the signal was raised. */
export function stopIfAborted(signal: AbortSignal): void {
  if (signal.aborted) fail('E_INTERRUPTED', 'interrupted', { cause: signal.reason });
}
