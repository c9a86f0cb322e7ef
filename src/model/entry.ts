import type { FileStatus } from './file-status.js';
import type { Digest } from './digest.js';

/** What an entry is in the archive. The number is what the index stores; never renumber without a new index version. */
export const ENTRY_KINDS = [
  'file',
  'directory',
  'symlink',
  'hardlink',
  'character',
  'block',
  'fifo',
  'whiteout',
  'opaque',
] as const;

export type EntryKind = (typeof ENTRY_KINDS)[number];

/** What a path of a snapshot is: an entry kind that leaves something in the file system. */
export type FileKind = Exclude<EntryKind, 'hardlink' | 'whiteout' | 'opaque'>;

export const KIND = {
  file: 0,
  directory: 1,
  symlink: 2,
  hardlink: 3,
  character: 4,
  block: 5,
  fifo: 6,
  whiteout: 7,
  opaque: 8,
} as const satisfies Record<EntryKind, number>;

/**
 * One member of a layer as the archive states it, with its path cleaned. Strings are names (see model/name). An Entry
 * is a view on a row of a LayerIndex: reading a field reads a column.
 */
export interface Entry extends FileStatus {
  /** The row in the layer's index, in archive order from 0. */
  readonly row: number;
  /** Rooted clean path: `/` or `/a/b`. For a whiteout the path it hides, for an opaque marker its directory. */
  readonly path: string;
  readonly kind: EntryKind;
  /** Bytes of content held in the tar. */
  readonly storedSize: number;
  /** Target text of a symlink; cleaned rooted path of a hard link's target; '' otherwise. */
  readonly link: string;
  /** SHA-256 of a file's logical content; undefined for other kinds and for sparse files too large to expand. */
  readonly content: Digest | undefined;
  /** Offsets in the plain tar. */
  readonly headerOffset: number;
  readonly dataOffset: number;
}
