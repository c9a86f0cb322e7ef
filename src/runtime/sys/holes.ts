import { check, declare, SystemCallError } from './libc.js';

const lseek = declare('int64_t lseek(int fd, int64_t offset, int whence)');

const SEEK_DATA = 3;
const SEEK_HOLE = 4;

/** Returns where the next data of an open file begins and ends, from `offset` on; undefined when there is none (lseek(2)). */
export function nextData(
  descriptor: number,
  offset: number,
  size: number,
): { readonly begin: number; readonly end: number } | undefined {
  try {
    const begin = check('looking for data', 'of a file', lseek(descriptor, offset, SEEK_DATA));
    const end = check('looking for a hole', 'of a file', lseek(descriptor, begin, SEEK_HOLE));
    return begin < size ? { begin, end: Math.min(end, size) } : undefined;
  } catch (thrown) {
    if (!(thrown instanceof SystemCallError)) throw thrown;
    if (thrown.errno === 'ENXIO') return undefined;
    // A file system that knows of no holes.
    return offset < size ? { begin: offset, end: size } : undefined;
  }
}
