import { statfsSync } from 'node:fs';

/**
 * What statfs(2) says of file systems whose files are made as they are read and are switches of this machine (linux/magic.h,
 * and their own sources): procfs, sysfs, control groups 1 and 2, configfs, debugfs, tracefs, securityfs, SELinux, Smack, BPF,
 * pstore, EFI variables, resctrl, namespaces, message queues, terminals, binfmt_misc, nfsd, FUSE control.
 */
const KERNELS_OWN: ReadonlySet<number> = new Set([
  0x9fa0, 0x62656572, 0x27e0eb, 0x63677270, 0x62656570, 0x64626720, 0x74726163, 0x73636673, 0xf97cff8c,
  0x43415d53, 0xcafe4a11, 0x6165676c, 0xde5e81e4, 0x7655821, 0x6e736673, 0x19800202, 0x1cd1, 0x42494e4d,
  0x6e667364, 0x65735543,
]);

/** True when what lies at this path, links followed, is the kernel's own and no file that somebody keeps there. */
export function isKernelsOwn(place: string | Buffer): boolean {
  return KERNELS_OWN.has(statfsSync(place).type);
}
