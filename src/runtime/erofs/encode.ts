import type { FileKind } from '../../model/entry.js';
import { encodeName } from '../../model/name.js';
import type { SnapshotFile } from '../../layers/union/snapshot-file.js';
import type { Union } from '../../layers/union/union.js';
import { chunksOf, encodeChunks } from './chunks.js';
import { type AddressSpace, type ErofsDevice, layOutDevices } from './devices.js';
import { encodeDirectory } from './directory.js';
import {
  ADDRESS_BYTES,
  BLOCK,
  blocksOf,
  DATA,
  encodeHead,
  encodeInode,
  headBytes,
  inodeBytes,
  NO_BLOCK,
  SLOT,
} from './format.js';
import { gathered } from './gathered.js';
import { collectInodes, ownerOf, type SnapshotInodes } from './inodes.js';
import { type Layout, layOut } from './layout.js';
import { createLeftOutLog, type LeftOut } from './left-out.js';
import { createXattrArea, type XattrArea } from './xattr-area.js';

/** An EROFS image of one snapshot without the contents of files, which stay in the layers' plain tars. */
export interface ErofsImage {
  readonly bytes: number;
  /** The image's bytes in pieces, made as they are asked for, the same each time. */
  readonly parts: Iterable<Uint8Array>;
  /** What the `device=` options have to name, in this order. */
  readonly devices: readonly ErofsDevice[];
  readonly left: LeftOut;
}

/** Number of the first inode: 0 would be a deleted entry to those who read directories. */
const FIRST_NID = BLOCK / SLOT;

/**
 * Returns the image of snapshot `n` (0: an empty root), to be mounted by Linux 6.12 or later; the same of the same layers,
 * byte for byte: whoever changes them raises `DERIVED_VERSIONS.erofs`. Time and memory are linear in the paths. Throws
 * E_LIMIT when the tars and the expanded sparse files together are over the 2 TiB that 32 bits of blocks can address.
 */
export function encodeErofs(union: Union, n: number): ErofsImage {
  const left = createLeftOutLog();
  const inodes = collectInodes(union, n, left);
  const xattrs = createXattrArea(left);
  const layout = layOut(union, inodes, xattrs);
  const { devices } = layout;

  const inodeStart = headBytes(devices.length) / BLOCK;
  const xattrStart = inodeStart + blocksOf(layout.inodeBytes);
  const dataStart = xattrStart + blocksOf(xattrs.bytes);
  const blocks = dataStart + layout.dataBlocks;
  const space = layOutDevices(union, blocks, dataStart, devices);
  const head = encodeHead({
    rootNid: FIRST_NID,
    inodes: inodes.count,
    blocks,
    metaBlock: inodeStart - (FIRST_NID * SLOT) / BLOCK,
    xattrBlock: xattrStart,
    devices: space.slots,
  });
  const source: Source = { union, n, inodes, layout, space, xattrs, head };
  return {
    bytes: blocks * BLOCK,
    parts: { [Symbol.iterator]: () => gathered(pieces(source)) },
    devices,
    left: left.list,
  };
}

interface Source {
  readonly union: Union;
  readonly n: number;
  readonly inodes: SnapshotInodes;
  readonly layout: Layout;
  readonly space: AddressSpace;
  readonly xattrs: XattrArea;
  readonly head: Uint8Array;
}

function* pieces({ union, n, inodes, layout, space, xattrs, head }: Source): Generator<Uint8Array> {
  yield head;
  let written = 0;
  for (let inode = 0; inode < inodes.count; inode++) {
    if (layout.offset[inode] > written) yield new Uint8Array(layout.offset[inode] - written);
    const bytes = inodeOf(union, inodes, layout, space, inode);
    yield bytes;
    written = layout.offset[inode] + bytes.length;
  }
  yield padding(written);
  yield* xattrs.parts;
  yield padding(xattrs.bytes);
  const nid = (node: number): number => FIRST_NID + layout.offset[inodes.ofNode[node] - 1] / SLOT;
  for (let inode = 0; inode < inodes.count; inode++) {
    const { kind, link } = inodes.file(inode);
    if (kind === 'directory') yield* encodeDirectory(union, n, inodes.node[inode], inodes.ofNode, nid);
    else if (kind === 'symlink' && layout.form[inode] === DATA.plain) {
      const target = encodeName(link);
      yield target;
      yield padding(target.length);
    }
  }
}

function padding(bytes: number): Uint8Array {
  return new Uint8Array(blocksOf(bytes) * BLOCK - bytes);
}

const FILE_TYPE: Readonly<Record<FileKind, number>> = {
  fifo: 0o010000,
  character: 0o020000,
  directory: 0o040000,
  block: 0o060000,
  file: 0o100000,
  symlink: 0o120000,
};

function inodeOf(
  union: Union,
  inodes: SnapshotInodes,
  layout: Layout,
  space: AddressSpace,
  inode: number,
): Uint8Array {
  const file = inodes.file(inode);
  const xattrs = layout.xattrs[inode];
  const size = layout.size[inode];
  const form = layout.form[inode];
  const start = space.startOf(layout.home[inode]) + layout.block[inode];
  const fragments = form === DATA.chunks ? fragmentsOf(union, file) : [];
  const chunks = form === DATA.chunks ? chunksOf(fragments, size) : undefined;
  const isDevice = file.kind === 'character' || file.kind === 'block';
  const address = isDevice ? deviceNumber(file) : size === 0 ? NO_BLOCK : start;
  const tail = form === DATA.inline ? size : (chunks?.count ?? 0) * ADDRESS_BYTES;
  const fields = {
    form,
    mode: FILE_TYPE[file.kind] | file.mode,
    size,
    data: form === DATA.inline ? 0 : (chunks?.bits ?? address),
    number: inode + 1,
    uid: ownerOf(file.uid),
    gid: ownerOf(file.gid),
    mtime: file.mtime,
    links: inodes.links[inode],
    xattrs,
  };
  const bytes = encodeInode(fields, tail);
  const behind = bytes.subarray(inodeBytes(xattrs.length));
  if (form === DATA.inline) behind.set(encodeName(file.link));
  else if (chunks !== undefined) encodeChunks(fragments, chunks, start, behind);
  return bytes;
}

function fragmentsOf(union: Union, { inode }: SnapshotFile): readonly number[] {
  return inode === undefined ? [] : (union.layers[inode.layer - 1].sparse.get(inode.row)?.fragments ?? []);
}

/** new_encode_dev() of include/linux/kdev_t.h. */
function deviceNumber({ deviceMajor, deviceMinor }: SnapshotFile): number {
  return ((deviceMinor & 0xff) | (deviceMajor << 8) | ((deviceMinor & 0xfff00) << 12)) >>> 0;
}
