import { decodeName } from '../../model/name.js';
import { check, cString, declare, shown, type SysPath, SystemCallError } from './libc.js';

const openat2 = declare(
  'long syscall(long number, int64_t directory, const uint8_t *path, const uint8_t *how, uint64_t size)',
);

const readlinkat = declare(
  'long readlinkat(int directory, const uint8_t *path, _Out_ uint8_t *target, size_t size)',
);

/** The same on every architecture (include/uapi/asm-generic/unistd.h). */
const NUMBER = 437;
const RESOLVE_NO_MAGICLINKS = 0x02;
const RESOLVE_NO_SYMLINKS = 0x04;
const RESOLVE_BENEATH = 0x08;
const RESOLVE_IN_ROOT = 0x10;
const O_CLOEXEC = 0o2000000;
/** Of fcntl.h; Node has no name for it. */
export const O_PATH = 0o10000000;

/** How often a look-up begins again that the kernel broke off because something was renamed meanwhile. */
const TRIES = 1000;

/**
 * Returns a descriptor of what `path` leads to, as if the directory of the descriptor `root` were `/`: links and `..`
 * never lead out of it, whatever is renamed meanwhile, and the links of /proc/PID/fd are not followed at all (openat2(2),
 * RESOLVE_IN_ROOT and RESOLVE_NO_MAGICLINKS). Throws SystemCallError.
 */
export function openInside(root: number, path: SysPath, flags: number, mode = 0): number {
  return open(root, path, flags, mode, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

/**
 * Returns a descriptor of what is at `path` below the directory of the descriptor `directory`, without following a link
 * anywhere (openat2(2), RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS). Throws SystemCallError, ELOOP for a link.
 */
export function openBeneath(directory: number, path: SysPath, flags: number, mode = 0): number {
  return open(directory, path, flags, mode, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
}

function open(directory: number, path: SysPath, flags: number, mode: number, resolve: number): number {
  // struct open_how: flags, mode, resolve
  const how = Buffer.alloc(24);
  how.writeBigUInt64LE(BigInt(flags | O_CLOEXEC), 0);
  how.writeBigUInt64LE(BigInt(mode), 8);
  how.writeBigUInt64LE(BigInt(resolve), 16);
  const bytes = cString(path);
  for (let tries = 1; ; tries++)
    try {
      return check('opening', shown(path), openat2(NUMBER, directory, bytes, how, how.length));
    } catch (thrown) {
      const broken =
        thrown instanceof SystemCallError && (thrown.errno === 'EAGAIN' || thrown.errno === 'EINTR');
      if (!broken || tries === TRIES) throw thrown;
    }
}

/** PATH_MAX of Linux. */
const LONGEST = 4096;

/** Returns the target of the symbolic link that a descriptor of it (O_PATH) names; undefined when it is none. */
export function readOpenLink(descriptor: number): string | undefined {
  const target = Buffer.alloc(LONGEST);
  try {
    const about = 'an open link';
    const length = check('reading', about, readlinkat(descriptor, cString(''), target, LONGEST));
    return decodeName(target.subarray(0, length));
  } catch (thrown) {
    // As readlink(2) says of an empty path that is no link.
    if (thrown instanceof SystemCallError && (thrown.errno === 'ENOENT' || thrown.errno === 'EINVAL'))
      return undefined;
    throw thrown;
  }
}
