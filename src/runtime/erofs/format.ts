/*
 * The on-disk format of EROFS (fs/erofs/erofs_fs.h of Linux 6.12): blocks of 512 bytes as in tar, 32-bit block addresses,
 * extended inodes, no compression. Everything is little-endian.
 */

const BLOCK_BITS = 9;
export const BLOCK = 1 << BLOCK_BITS;
/** Inodes begin at a multiple of this; their numbers count it. */
export const SLOT = 32;
const INODE_BYTES = 64;
const XATTR_HEADER_BYTES = 12;
export const DIRENT_BYTES = 12;
/** A block address that leads nowhere: a hole, or a file without content. */
export const NO_BLOCK = 0xffffffff;
/** Of one block. */
export const ADDRESS_BYTES = 4;

const SUPERBLOCK_AT = 1024;
const SUPERBLOCK_BYTES = 128;
const DEVICE_BYTES = 128;
const MAGIC = 0xe0f5e1e2;
const FEATURE_CHUNKED_FILE = 0x4;
const FEATURE_DEVICE_TABLE = 0x8;

/** How a file's data are found. */
export const DATA = { plain: 0, inline: 2, chunks: 4 } as const;

export interface DeviceSlot {
  /** ASCII, at most 64 characters. */
  readonly tag: string;
  readonly blocks: number;
  /** First block in the address space that all devices share. */
  readonly start: number;
}

export interface Superblock {
  readonly rootNid: number;
  readonly inodes: number;
  /** Of the image itself. */
  readonly blocks: number;
  /** Inode numbers count from here. */
  readonly metaBlock: number;
  readonly xattrBlock: number;
  readonly devices: readonly DeviceSlot[];
}

/** Returns how many bytes the image begins with, before anything else. */
export function headBytes(devices: number): number {
  return blocksOf(SUPERBLOCK_AT + SUPERBLOCK_BYTES + devices * DEVICE_BYTES) * BLOCK;
}

/** Returns the first bytes of an image: the superblock and its devices. */
export function encodeHead(superblock: Superblock): Uint8Array {
  const { devices } = superblock;
  const head = Buffer.alloc(headBytes(devices.length));
  const at = SUPERBLOCK_AT;
  head.writeUInt32LE(MAGIC, at);
  head[at + 12] = BLOCK_BITS;
  head.writeUInt16LE(superblock.rootNid, at + 14);
  head.writeBigUInt64LE(BigInt(superblock.inodes), at + 16);
  head.writeUInt32LE(superblock.blocks, at + 36);
  head.writeUInt32LE(superblock.metaBlock, at + 40);
  head.writeUInt32LE(superblock.xattrBlock, at + 44);
  head.writeUInt32LE(FEATURE_CHUNKED_FILE | FEATURE_DEVICE_TABLE, at + 80);
  head.writeUInt16LE(devices.length, at + 86);
  head.writeUInt16LE((at + SUPERBLOCK_BYTES) / DEVICE_BYTES, at + 88);
  for (const [i, device] of devices.entries()) {
    const slot = at + SUPERBLOCK_BYTES + i * DEVICE_BYTES;
    head.write(device.tag, slot, 64, 'latin1');
    head.writeUInt32LE(device.blocks, slot + 64);
    head.writeUInt32LE(device.start, slot + 68);
  }
  return head;
}

export interface InodeFields {
  /** Of {@link DATA}. */
  readonly form: number;
  /** File type and the lower twelve bits. */
  readonly mode: number;
  readonly size: number;
  /** First block, device number or form of the chunks. */
  readonly data: number;
  /** Counts from 1; what `stat` shows where inode numbers have 32 bits. */
  readonly number: number;
  readonly uid: number;
  readonly gid: number;
  /** Nanoseconds since 1970. */
  readonly mtime: bigint;
  readonly links: number;
  /** Places of shared extended attributes. */
  readonly xattrs: readonly number[];
}

/** Returns the bytes of an inode and its references to extended attributes, with room for `tail` bytes behind. */
export function encodeInode(inode: InodeFields, tail: number): Buffer {
  const { xattrs } = inode;
  // From the pool: one buffer of its own per inode would take most of the time.
  const bytes = Buffer.allocUnsafe(inodeBytes(xattrs.length) + tail).fill(0);
  bytes.writeUInt16LE(1 | (inode.form << 1), 0);
  bytes.writeUInt16LE(xattrs.length === 0 ? 0 : xattrs.length + 1, 2);
  bytes.writeUInt16LE(inode.mode, 4);
  bytes.writeUInt32LE(inode.size % 2 ** 32, 8);
  bytes.writeUInt32LE(Math.floor(inode.size / 2 ** 32), 12);
  bytes.writeUInt32LE(inode.data, 16);
  bytes.writeUInt32LE(inode.number >>> 0, 20);
  bytes.writeUInt32LE(inode.uid, 24);
  bytes.writeUInt32LE(inode.gid, 28);
  const rest = inode.mtime % SECOND;
  const nanoseconds = rest < 0n ? rest + SECOND : rest;
  bytes.writeBigInt64LE((inode.mtime - nanoseconds) / SECOND, 32);
  bytes.writeUInt32LE(Number(nanoseconds), 40);
  bytes.writeUInt32LE(inode.links, 44);
  if (xattrs.length > 0) bytes[INODE_BYTES + 4] = xattrs.length;
  for (const [i, place] of xattrs.entries())
    bytes.writeUInt32LE(place, INODE_BYTES + XATTR_HEADER_BYTES + 4 * i);
  return bytes;
}

const SECOND = 1_000_000_000n;

/** Returns the bytes of an inode with so many extended attributes, all shared. */
export function inodeBytes(xattrs: number): number {
  return INODE_BYTES + (xattrs === 0 ? 0 : XATTR_HEADER_BYTES + 4 * xattrs);
}

export function blocksOf(bytes: number): number {
  return Math.ceil(bytes / BLOCK);
}
