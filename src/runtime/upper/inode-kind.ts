import type { FileKind } from '../../model/entry.js';

const KINDS = new Map<number, FileKind | 'socket'>([
  [0o100000, 'file'],
  [0o040000, 'directory'],
  [0o120000, 'symlink'],
  [0o020000, 'character'],
  [0o060000, 'block'],
  [0o010000, 'fifo'],
  [0o140000, 'socket'],
]);

/** Returns what a mode says that an inode is (inode(7)); undefined for what Linux does not have. */
export function inodeKind(mode: number): FileKind | 'socket' | undefined {
  return KINDS.get(mode & 0o170000);
}
