import { check, cString, declare, shown, type SysPath } from './libc.js';

const mknod = declare('int mknod(const uint8_t *path, uint32_t mode, uint64_t device)');

/** Makes a device node, FIFO or (character, 0:0) an overlayfs whiteout. `mode` has the file type. Throws SystemCallError. */
export function makeNode(path: SysPath, mode: number, major = 0, minor = 0): void {
  check('making the node', shown(path), mknod(cString(path), mode, deviceNumber(major, minor)));
}

/** Returns the device number as the C library packs it (makedev(3)). */
export function deviceNumber(major: number, minor: number): bigint {
  const [a, b] = [BigInt(major), BigInt(minor)];
  return ((a & 0xfffff000n) << 32n) | ((a & 0xfffn) << 8n) | ((b & 0xffffff00n) << 12n) | (b & 0xffn);
}

/** Returns major and minor of a device number. */
export function deviceParts(device: bigint): { readonly major: number; readonly minor: number } {
  return {
    major: Number(((device >> 32n) & 0xfffff000n) | ((device >> 8n) & 0xfffn)),
    minor: Number(((device >> 12n) & 0xffffff00n) | (device & 0xffn)),
  };
}
