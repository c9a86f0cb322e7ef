import { closeSync, readSync } from 'node:fs';
import { constants } from 'node:os';
import { check, cString, declare, loadBridge, shown, type SysPath } from './libc.js';

/*
 * The mount API of Linux 5.2 and later (fsopen(2), fsconfig(2), fsmount(2), open_tree(2), move_mount(2),
 * mount_setattr(2)): it takes any number of layers of any name, and tells why it refuses.
 */

const fsopen = declare('long syscall(long number, const uint8_t *type, uint64_t flags)');
const fsconfig = declare(
  'long syscall(long number, int64_t context, int64_t command, const uint8_t *key, const uint8_t *value, int64_t aux)',
);
const fsmount = declare('long syscall(long number, int64_t context, int64_t flags, int64_t attributes)');
const openTree = declare('long syscall(long number, int64_t directory, const uint8_t *path, uint64_t flags)');
const moveMount = declare(
  'long syscall(long number, int64_t from, const uint8_t *fromPath, int64_t to, const uint8_t *toPath, uint64_t flags)',
);
const mountSetattr = declare(
  'long syscall(long number, int64_t directory, const uint8_t *path, uint64_t flags, const uint8_t *attributes, uint64_t size)',
);
const umount2 = declare('int umount2(const uint8_t *target, int flags)');

/** The same on every architecture that has them (include/uapi/asm-generic/unistd.h). */
const NUMBER = { openTree: 428, moveMount: 429, fsopen: 430, fsconfig: 431, fsmount: 432, mountSetattr: 442 };
const AT_FDCWD = -100;
const AT_EMPTY_PATH = 0x1000;
const AT_RECURSIVE = 0x8000;
const CLOEXEC = 1;
const FSCONFIG = { flag: 0, string: 1, create: 6 };
const OPEN_TREE_CLONE = 1;
const O_CLOEXEC = 0o2000000;
const MOVE_MOUNT_F_EMPTY_PATH = 4;
const MOVE_MOUNT_T_EMPTY_PATH = 0x40;
const MNT_DETACH = 2;

const { EINVAL, ENOENT, EPERM } = constants.errno;
const NOTHING_TO_UNMOUNT: readonly number[] = [EINVAL, ENOENT, EPERM];

/** Attributes of a mount (mount_setattr(2)). */
export const MOUNT_ATTRIBUTE = {
  readonly: 0x1,
  nosuid: 0x2,
  nodev: 0x4,
  noexec: 0x8,
  nosymfollow: 0x200000,
} as const;
const MOUNT_ATTR_IDMAP = 0x100000;

const PROPAGATION = { private: 1 << 18, slave: 1 << 19, shared: 1 << 20 } as const;

/** An option of a file system: a flag, or a key with its value; the same key may come several times. */
export type MountOption = string | readonly [key: string, value: string];

/**
 * Mounts a new file system on `target`. `attributes` are of {@link MOUNT_ATTRIBUTE}. Throws SystemCallError with what the
 * kernel says of it.
 */
export function mountNew(
  type: string,
  target: SysPath,
  options: readonly MountOption[],
  attributes = 0,
): void {
  const context = check('mounting', type, fsopen(NUMBER.fsopen, cString(type), CLOEXEC));
  try {
    const set = (command: number, key: string | undefined, value: string | undefined): void => {
      const result = fsconfig(
        NUMBER.fsconfig,
        context,
        command,
        key === undefined ? null : cString(key),
        value === undefined ? null : cString(value),
        0,
      );
      check('mounting', `${type} on ${shown(target)}`, result, () => messages(context));
    };
    for (const option of options)
      if (typeof option === 'string') set(FSCONFIG.flag, option, undefined);
      else set(FSCONFIG.string, option[0], option[1]);
    set(FSCONFIG.create, undefined, undefined);
    const mount = check(
      'mounting',
      `${type} on ${shown(target)}`,
      fsmount(NUMBER.fsmount, context, CLOEXEC, attributes),
      () => messages(context),
    );
    attach(mount, target);
  } finally {
    closeSync(context);
  }
}

/** What a bind mount is to be besides what it shows. */
export interface BindOptions {
  readonly attributes?: number;
  /** Descriptor of a user namespace by whose map ids are shifted. */
  readonly userNamespace?: number;
  readonly recursive?: boolean;
}

/** Mounts the tree at `source` on `target`, a path or a descriptor of the very place, too. Throws SystemCallError. */
export function mountBind(source: SysPath, target: SysPath | number, options: BindOptions = {}): void {
  const tree = openMount(source, options);
  try {
    moveMountTo(tree, target);
  } finally {
    closeSync(tree);
  }
}

/**
 * Returns the descriptor of a mount of the tree at `source` that is nowhere yet, to be closed by the caller: it can be put
 * into another mount namespace by {@link moveMountTo}. Throws SystemCallError.
 */
export function openMount(source: SysPath, options: BindOptions = {}): number {
  const { attributes = 0, userNamespace, recursive = false } = options;
  const flags = OPEN_TREE_CLONE | O_CLOEXEC | (recursive ? AT_RECURSIVE : 0);
  const tree = check(
    'binding',
    shown(source),
    openTree(NUMBER.openTree, AT_FDCWD, cString(source), BigInt(flags)),
  );
  try {
    const set = BigInt(attributes | (userNamespace === undefined ? 0 : MOUNT_ATTR_IDMAP));
    if (set !== 0n) setAttributes(tree, '', { set, userNamespace }, recursive);
    return tree;
  } catch (thrown) {
    closeSync(tree);
    throw thrown;
  }
}

/** Changes who sees mounts below: what is mounted below a slave is not seen outside. */
export function changePropagation(target: SysPath, kind: keyof typeof PROPAGATION): void {
  setAttributes(AT_FDCWD, target, { propagation: PROPAGATION[kind] }, true);
}

/** Takes a mount away, at once where it is seen and for good when its last user is gone. Throws SystemCallError. */
export function unmount(target: SysPath): void {
  check('unmounting', shown(target), umount2(cString(target), MNT_DETACH));
}

/** Does the same; false where nothing is mounted, or who asks may not unmount anything. */
export function unmountIfAny(target: SysPath): boolean {
  const result = umount2(cString(target), MNT_DETACH);
  const errno = result >= 0 ? 0 : loadBridge().koffi.errno();
  if (NOTHING_TO_UNMOUNT.includes(errno)) return false;
  check('unmounting', shown(target), result, undefined, errno);
  return true;
}

function setAttributes(
  directory: number,
  path: SysPath,
  change: {
    readonly set?: bigint;
    readonly propagation?: number;
    readonly userNamespace?: number | undefined;
  },
  recursive: boolean,
): void {
  // struct mount_attr: attr_set, attr_clr, propagation, userns_fd
  const attributes = Buffer.alloc(32);
  attributes.writeBigUInt64LE(change.set ?? 0n, 0);
  attributes.writeBigUInt64LE(BigInt(change.propagation ?? 0), 16);
  attributes.writeBigUInt64LE(BigInt(change.userNamespace ?? 0), 24);
  const flags = BigInt((path.length === 0 ? AT_EMPTY_PATH : 0) | (recursive ? AT_RECURSIVE : 0));
  const result = mountSetattr(NUMBER.mountSetattr, directory, cString(path), flags, attributes, 32n);
  check('changing the mount', shown(path), result);
}

function attach(mount: number, target: SysPath): void {
  try {
    moveMountTo(mount, target);
  } finally {
    closeSync(mount);
  }
}

/** Mounts on `target`, a path or a descriptor of the very place, what the descriptor is of. Throws SystemCallError. */
export function moveMountTo(mount: number, target: SysPath | number): void {
  const open = typeof target === 'number';
  const result = moveMount(
    NUMBER.moveMount,
    mount,
    cString(''),
    open ? target : AT_FDCWD,
    cString(open ? '' : target),
    BigInt(MOVE_MOUNT_F_EMPTY_PATH | (open ? MOVE_MOUNT_T_EMPTY_PATH : 0)),
  );
  check('mounting on', open ? 'an open place' : shown(target), result);
}

/** Returns what the kernel wrote about the file system, `e overlay: …` a line. */
function messages(context: number): string {
  const lines: string[] = [];
  const buffer = Buffer.alloc(4096);
  for (;;) {
    try {
      const length = readSync(context, buffer);
      if (length === 0) break;
      lines.push(
        buffer
          .toString('utf8', 0, length)
          .trim()
          .replace(/^[ewi] /, ''),
      );
    } catch {
      break;
    }
  }
  return lines.join('; ');
}
