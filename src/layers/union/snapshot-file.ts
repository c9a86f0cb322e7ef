import type { FileStatus } from '../../model/file-status.js';
import type { Digest } from '../../model/digest.js';
import { ENTRY_KINDS, type FileKind, KIND } from '../../model/entry.js';
import { type LayerIndex, linkAt, RowStatus } from '../index/layer-index.js';
import { nodeName, nodePath } from '../index/path-table.js';
import { type Inode, inodeOf, liveTouch, type Union } from './union.js';

/**
 * One path of one snapshot: what a file system made of the layers 1..n has there. A view: reading a field reads a
 * column. For a hard link everything but the path is its target's.
 */
export interface SnapshotFile extends FileStatus {
  readonly node: number;
  readonly touch: number;
  readonly path: string;
  readonly name: string;
  readonly kind: FileKind;
  /** Lower twelve bits; 0755 for a directory without an entry, 0777 for every symlink. */
  readonly mode: number;
  /** Nanoseconds since 1970; 0 for a directory without an entry. */
  readonly mtime: bigint;
  readonly content: Digest | undefined;
  /** Of a sparse file, hex: equal to another's exactly when the contents are, also where there is no `content`. */
  readonly dataDigest: string | undefined;
  /** The layer that last touched the path; 0 for the root before any did. */
  readonly layer: number;
  /** The entry the content and metadata come from; undefined for a directory that no layer has an entry for. */
  readonly inode: Inode | undefined;
  /** Whether the entry at this path is a hard link to another. */
  readonly hardLink: boolean;
}

/** Returns what snapshot `n` has at `node`, or undefined. A root is there always, also before any layer. */
export function fileAt(union: Union, node: number, n: number): SnapshotFile | undefined {
  const touch = liveTouch(union, node, n);
  if (touch >= 0) return fileOfTouch(union, node, touch);
  return node === 0 ? new ImpliedDirectory(union, node, touch) : undefined;
}

/** Returns what a touch that leaves a file left at `node`. */
export function fileOfTouch(union: Union, node: number, touch: number): SnapshotFile {
  const inode = inodeOf(union, touch);
  return inode === undefined
    ? new ImpliedDirectory(union, node, touch)
    : new InodeFile(union, node, touch, inode, union.layers[inode.layer - 1]);
}

const NO_XATTRS: ReadonlyMap<string, Uint8Array> = new Map();

class InodeFile extends RowStatus implements SnapshotFile {
  constructor(
    private readonly union: Union,
    readonly node: number,
    readonly touch: number,
    readonly inode: Inode,
    index: LayerIndex,
  ) {
    super(index, inode.row);
  }

  get path(): string {
    return nodePath(this.union.paths, this.node);
  }
  get name(): string {
    return nodeName(this.union.paths, this.node);
  }
  get kind(): FileKind {
    return ENTRY_KINDS[this.index.columns.kind[this.row]] as FileKind;
  }
  get mode(): number {
    const { kind, mode } = this.index.columns;
    // Linux gives every symbolic link 0777, whatever its archive says (symlink(7)).
    return kind[this.row] === KIND.symlink ? 0o777 : mode[this.row];
  }
  get link(): string {
    return this.index.columns.kind[this.row] === KIND.symlink ? linkAt(this.index, this.row) : '';
  }
  get layer(): number {
    return this.union.touches.layer[this.touch];
  }
  get hardLink(): boolean {
    const { layer, row } = this.union.touches;
    return this.inode.row !== row[this.touch] || this.inode.layer !== layer[this.touch];
  }
}

class ImpliedDirectory implements SnapshotFile {
  readonly kind = 'directory';
  readonly mode = 0o755;
  readonly uid = 0;
  readonly gid = 0;
  readonly size = 0;
  readonly mtime = 0n;
  readonly link = '';
  readonly deviceMajor = 0;
  readonly deviceMinor = 0;
  readonly xattrs = NO_XATTRS;
  readonly content = undefined;
  readonly dataDigest = undefined;
  readonly inode = undefined;
  readonly hardLink = false;

  constructor(
    private readonly union: Union,
    readonly node: number,
    readonly touch: number,
  ) {}

  get path(): string {
    return nodePath(this.union.paths, this.node);
  }
  get name(): string {
    return nodeName(this.union.paths, this.node);
  }
  get layer(): number {
    return this.touch < 0 ? 0 : this.union.touches.layer[this.touch];
  }
}
