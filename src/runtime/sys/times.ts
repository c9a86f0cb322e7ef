import { check, cString, declare, shown, type SysPath } from './libc.js';

const utimensat = declare(
  'int utimensat(int directory, const uint8_t *path, const uint8_t *times, int flags)',
);
const futimens = declare('int futimens(int file, const uint8_t *times)');

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const BILLION = 1_000_000_000n;

/** Sets when the path itself was last changed, and read, in nanoseconds since 1970. Throws SystemCallError. */
export function setTimes(path: SysPath, nanoseconds: bigint): void {
  const result = utimensat(AT_FDCWD, cString(path), timespecs(nanoseconds), AT_SYMLINK_NOFOLLOW);
  check('setting the times of', shown(path), result);
}

/** The same for an open file. */
export function setOpenTimes(descriptor: number, nanoseconds: bigint): void {
  check('setting the times of', 'an open file', futimens(descriptor, timespecs(nanoseconds)));
}

function timespecs(nanoseconds: bigint): Buffer {
  // struct timespec[2]; nanoseconds count forward, also before 1970.
  const fraction = ((nanoseconds % BILLION) + BILLION) % BILLION;
  const times = Buffer.alloc(32);
  for (const at of [0, 16]) {
    times.writeBigInt64LE((nanoseconds - fraction) / BILLION, at);
    times.writeBigInt64LE(fraction, at + 8);
  }
  return times;
}
