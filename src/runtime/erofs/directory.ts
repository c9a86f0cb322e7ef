import { fileAt } from '../../layers/union/snapshot-file.js';
import type { Union } from '../../layers/union/union.js';
import type { FileKind } from '../../model/entry.js';
import { BLOCK, DIRENT_BYTES } from './format.js';

/** One name of a directory, `.` and `..` among them, and the node of the union that it leads to. */
interface Dirent {
  readonly name: Uint8Array;
  readonly node: number;
}

/** Numbers of file types in directory entries (EROFS_FT_*). */
const TYPE: Readonly<Record<FileKind, number>> = {
  file: 1,
  directory: 2,
  character: 3,
  block: 4,
  fifo: 5,
  symlink: 7,
};

const DOT = Uint8Array.of(0x2e);
const DOT_DOT = Uint8Array.of(0x2e, 0x2e);

/** Returns the bytes that a directory has: all blocks but the last are whole. `ofNode` is 0 for what is left out. */
export function directoryBytes(union: Union, node: number, ofNode: Uint32Array): number {
  let blocks = 0;
  let last = 0;
  for (const block of direntBlocks(union, node, ofNode)) {
    blocks++;
    last = block.reduce((sum, { name }) => sum + DIRENT_BYTES + name.length, 0);
  }
  return (blocks - 1) * BLOCK + last;
}

/** Yields the blocks of a directory of snapshot `n`. `nid` gives the inode number of a node. */
export function* encodeDirectory(
  union: Union,
  n: number,
  node: number,
  ofNode: Uint32Array,
  nid: (node: number) => number,
): Generator<Uint8Array> {
  for (const dirents of direntBlocks(union, node, ofNode)) {
    const block = Buffer.allocUnsafe(BLOCK).fill(0);
    let nameAt = dirents.length * DIRENT_BYTES;
    for (const [i, { name, node: target }] of dirents.entries()) {
      const at = i * DIRENT_BYTES;
      const number = nid(target);
      block.writeUInt32LE(number % 2 ** 32, at);
      block.writeUInt32LE(Math.floor(number / 2 ** 32), at + 4);
      block.writeUInt16LE(nameAt, at + 8);
      block[at + 10] = TYPE[fileAt(union, target, n)?.kind ?? 'directory'];
      block.set(name, nameAt);
      nameAt += name.length;
    }
    yield block;
  }
}

/** Yields the names of a directory, as many at a time as one block has room for. */
function* direntBlocks(union: Union, node: number, ofNode: Uint32Array): Generator<readonly Dirent[]> {
  let block: Dirent[] = [];
  let used = 0;
  for (const dirent of sortedNames(union, node, ofNode)) {
    const needed = DIRENT_BYTES + dirent.name.length;
    if (used + needed > BLOCK) {
      yield block;
      block = [];
      used = 0;
    }
    block.push(dirent);
    used += needed;
  }
  yield block;
}

/** Yields all names by their bytes: the kernel searches them by halves. */
function* sortedNames(union: Union, node: number, ofNode: Uint32Array): Generator<Dirent> {
  const { nameEnd, names, parent } = union.paths;
  const special: Dirent[] = [
    { name: DOT, node },
    { name: DOT_DOT, node: node === 0 ? 0 : parent[node] },
  ];
  for (let i = union.childStart[node]; i < union.childStart[node + 1]; i++) {
    const child = union.children[i];
    if (ofNode[child] === 0) continue;
    const name = names.subarray(nameEnd[child - 1], nameEnd[child]);
    while (special.length > 0 && Buffer.compare(special[0].name, name) < 0) yield* special.splice(0, 1);
    yield { name, node: child };
  }
  yield* special;
}
