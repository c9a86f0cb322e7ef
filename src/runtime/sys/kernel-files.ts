import { statfsSync } from 'node:fs';

/**
 * procfs, sysfs, the control groups, message queues, terminals, and what shows the insides of the kernel (statfs(2),
 * linux/magic.h): their files are made as they are read, and are switches of this machine.
 */
const KERNELS_OWN: ReadonlySet<number> = new Set([
  0x9fa0, 0x62656572, 0x27e0eb, 0x63677270, 0x19800202, 0x1cd1, 0x64626720, 0x74726163, 0x73636673,
  0xcafe4a11, 0x6e667364, 0x42494e4d, 0x65735543, 0xde5e81e4,
]);

/** True when what is in this directory is the kernel's own and no file that somebody keeps there. */
export function isKernelsOwn(directory: string | Buffer): boolean {
  return KERNELS_OWN.has(statfsSync(directory).type);
}
