import { check, cString, declare, shown, type SysPath, SystemCallError } from './libc.js';

const llistxattr = declare('long llistxattr(const uint8_t *path, _Out_ uint8_t *list, size_t size)');
const lgetxattr = declare(
  'long lgetxattr(const uint8_t *path, const uint8_t *name, _Out_ uint8_t *value, size_t size)',
);
const lsetxattr = declare(
  'int lsetxattr(const uint8_t *path, const uint8_t *name, const uint8_t *value, size_t size, int flags)',
);

/** XATTR_LIST_MAX and XATTR_SIZE_MAX of Linux. */
const MOST = 65_536;

/** Returns the extended attributes of a path itself, not of what a link leads to, by name; empty where there are none. */
export function readXattrs(path: SysPath): Map<string, Buffer> {
  const file = cString(path);
  const list = Buffer.alloc(MOST);
  const found = new Map<string, Buffer>();
  let length: number;
  try {
    length = check('listing the extended attributes of', shown(path), llistxattr(file, list, MOST));
  } catch (thrown) {
    if (thrown instanceof SystemCallError && thrown.errno === 'EOPNOTSUPP') return found;
    throw thrown;
  }
  for (const name of list.toString('latin1', 0, Math.max(0, length - 1)).split('\0')) {
    if (name === '') continue;
    const value = Buffer.alloc(MOST);
    const about = `${name} of ${shown(path)}`;
    const size = check('reading', about, lgetxattr(file, cString(Buffer.from(name, 'latin1')), value, MOST));
    found.set(name, Buffer.from(value.subarray(0, size)));
  }
  return found;
}

/** Sets an extended attribute of the path itself; a name that is text has its bytes as Latin-1. Throws SystemCallError. */
export function setXattr(path: SysPath, name: string | Uint8Array, value: Uint8Array): void {
  const bytes = typeof name === 'string' ? Buffer.from(name, 'latin1') : name;
  const set = lsetxattr(cString(path), cString(bytes), value, value.length, 0);
  check('setting', `${shown(name)} of ${shown(path)}`, set);
}
