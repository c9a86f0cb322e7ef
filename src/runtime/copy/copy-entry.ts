import type { FileStatus } from '../../model/file-status.js';
import type { TarMemberKind } from '../../model/tar-member.js';

/** One file of a tree on its way. Names are bytes, held as strings by model/name; ids are those that its own side gives. */
export interface CopyEntry extends FileStatus {
  /** Below the tree's root, without a slash at its ends; '' for the root itself. */
  readonly path: string;
  readonly kind: TarMemberKind;
  /** Target of a symbolic link; of a hard link, a path like {@link CopyEntry.path} that came before. */
  readonly link: string;
  /** Names as of model/name, ids in values as {@link CopyEntry.uid}. */
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
  /** A directory that is only known by what is in it: one that is there stays as it is. */
  readonly implied?: boolean;
}

/** A piece of a file's content; what lies between pieces is a hole. */
export interface Piece {
  readonly offset: number;
  /** Good until the next piece is asked for. */
  readonly bytes: Uint8Array;
}

/** The content of a file, in the order of its bytes. */
export type Pieces = Iterable<Piece> | AsyncIterable<Piece>;

/** Something that could not be copied, or not wholly. */
export type Loss = 'socket' | 'device' | 'kernel' | 'xattr' | 'vanished' | 'setuid';

/** Where copied entries go, one after the other. */
export interface CopySink {
  /** Takes an entry; `pieces` has the content of a file. */
  readonly take: (entry: CopyEntry, pieces?: Pieces) => Promise<void>;
}
