import type { FileStatus } from '../../model/file-status.js';
import type { FileKind } from '../../model/entry.js';

/** One path of the upper directory of an overlay mount, in the terms of a container: ids inside, overlayfs's marks read. */
export interface UpperEntry extends FileStatus {
  /** Rooted; `/` is the directory itself. */
  readonly path: string;
  /** A whiteout hides what the layers below have at its path; nothing else of it means anything. */
  readonly kind: FileKind | 'whiteout';
  /** A directory that hides all that the layers below have in it. */
  readonly opaque: boolean;
  /** Lower twelve bits; 0777 for every symlink. */
  readonly mode: number;
  /** Those of the container: without overlayfs's own and without labels that the host's policy gives. */
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
  /** How many names the inode has. */
  readonly links: number;
  /** The first path of the walk that is the same inode, for every later one. */
  readonly hardLink: string | undefined;
  /**
   * Returns a descriptor of the file's content, to be closed by the caller. Good until the walk goes on. Throws E_COMMIT
   * when something else is there now.
   */
  readonly open: () => number;
}

/** Where overlayfs keeps its marks: in `user.overlay.` when it was mounted with `userxattr`, without privileges. */
export type OverlayXattrs = 'trusted' | 'user';
