import { CAPABILITY_XATTR, parseCapabilities } from '../../model/capability.js';
import type { Digest } from '../../model/digest.js';
import type { FileKind } from '../../model/entry.js';
import { fileAt, fileOfTouch, type SnapshotFile } from '../union/snapshot-file.js';
import { TOUCH } from '../union/touch.js';
import { leavesFile, liveTouch, type Union } from '../union/union.js';
import { walk } from '../union/walk.js';

/** Conditions on a file; all that are given must hold. */
export interface FindQuery {
  /** Each says whether a rooted path (a name, see model/name) fits; one fitting is enough. */
  readonly path?: readonly ((path: string) => boolean)[];
  readonly kinds?: ReadonlySet<FileKind>;
  /** Logical bytes, inclusive. */
  readonly minSize?: number;
  readonly maxSize?: number;
  /** Exactly these twelve bits. */
  readonly mode?: number;
  /** All of these bits. */
  readonly modeAll?: number;
  /** Any of these bits. */
  readonly modeAny?: number;
  /** Of the twelve bits; all must hold. */
  readonly modeTests?: readonly ((mode: number) => boolean)[];
  readonly uid?: number;
  readonly gid?: number;
  /** Nanoseconds since 1970: changed after, changed before. */
  readonly newer?: bigint;
  readonly older?: bigint;
  /** Last touched by one of these layers. */
  readonly layers?: ReadonlySet<number>;
  readonly content?: ReadonlySet<Digest> | undefined;
  /** `cap_net_raw`, or any capability when ''. */
  readonly capability?: string;
  /** Has an xattr whose name fits. */
  readonly xattr?: (name: string) => boolean;
  /** A file without bytes, or a directory of the snapshot without anything in it. */
  readonly empty?: boolean;
  /** Anyone may write it: no symlinks, whose mode says nothing, and no sticky directories, which guard their files. */
  readonly worldWritable?: boolean;
}

/** Returns whether the file meets every condition; of a directory's emptiness only that it is one. */
function matches(file: SnapshotFile, query: FindQuery): boolean {
  const { minSize, maxSize, mode, modeAll, modeAny, newer, older } = query;
  if (query.kinds !== undefined && !query.kinds.has(file.kind)) return false;
  if (minSize !== undefined && file.size < minSize) return false;
  if (maxSize !== undefined && file.size > maxSize) return false;
  if (mode !== undefined && file.mode !== mode) return false;
  if (modeAll !== undefined && (file.mode & modeAll) !== modeAll) return false;
  if (modeAny !== undefined && (file.mode & modeAny) === 0) return false;
  if (query.modeTests?.every((test) => test(file.mode)) === false) return false;
  if (query.uid !== undefined && file.uid !== query.uid) return false;
  if (query.gid !== undefined && file.gid !== query.gid) return false;
  if (newer !== undefined && file.mtime <= newer) return false;
  if (older !== undefined && file.mtime >= older) return false;
  if (query.layers !== undefined && !query.layers.has(file.layer)) return false;
  if (query.empty === true && file.kind !== 'directory' && (file.kind !== 'file' || file.size > 0))
    return false;
  if (query.worldWritable === true && !isWorldWritable(file)) return false;
  if (query.content !== undefined && (file.content === undefined || !query.content.has(file.content)))
    return false;
  if (query.capability !== undefined && !hasCapability(file, query.capability)) return false;
  if (query.xattr !== undefined && ![...file.xattrs.keys()].some(query.xattr)) return false;
  if (query.path === undefined) return true;
  const { path } = file;
  return query.path.some((fits) => fits(path));
}

/** Yields the files of snapshot `n` at and below `start` that meet the query, in the order of {@link walk}. */
export function* find(union: Union, n: number, query: FindQuery, start = 0): Generator<SnapshotFile> {
  for (const { file } of walk(union, n, start)) {
    if (!matches(file, query)) continue;
    if (query.empty === true && file.kind === 'directory' && !isEmptyDirectory(union, n, file)) continue;
    yield file;
  }
}

/** Returns how many of these are files whose content has no digest, so that no query for one can find them. */
export function countUndigested(files: Iterable<SnapshotFile>): number {
  let count = 0;
  for (const { kind, content } of files) if (kind === 'file' && content === undefined) count += 1;
  return count;
}

function isEmptyDirectory(union: Union, n: number, { node }: SnapshotFile): boolean {
  for (let i = union.childStart[node]; i < union.childStart[node + 1]; i++)
    if (liveTouch(union, union.children[i], n) >= 0) return false;
  return true;
}

function isWorldWritable({ kind, mode }: SnapshotFile): boolean {
  return (mode & 0o2) !== 0 && kind !== 'symlink' && (kind !== 'directory' || (mode & 0o1000) === 0);
}

/** How a version went: a whiteout names its path, what is above it went, or another version took its place. */
export type GoneHow = 'removed' | 'hidden' | 'replaced';

/** A version of a file that snapshot `n` does not show. */
export interface DeletedFile {
  readonly file: SnapshotFile;
  /** The layer that removed, hid or replaced this version. */
  readonly goneIn: number;
  /** What that layer did. */
  readonly how: GoneHow;
  /** Whether the path exists in the snapshot, as another version. */
  readonly replaced: boolean;
}

/**
 * Yields every version of a path at or below `start` that layers up to `n` hold although snapshot `n` shows another one
 * or none. A version whose content and kind are those of the version that replaced it (metadata only) is left out.
 */
export function* findDeleted(union: Union, n: number, query: FindQuery, start = 0): Generator<DeletedFile> {
  const stack = [start];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    for (let i = union.childStart[node + 1] - 1; i >= union.childStart[node]; i--)
      stack.push(union.children[i]);
    for (const deleted of hiddenVersions(union, n, node)) if (matches(deleted.file, query)) yield deleted;
  }
}

/** Yields the versions of one path that {@link findDeleted} gives, oldest first. */
export function* hiddenVersions(union: Union, n: number, node: number): Generator<DeletedFile> {
  const live = liveTouch(union, node, n);
  const end = union.touchStart[node + 1];
  for (let touch = union.touchStart[node]; touch < end && union.touches.layer[touch] <= n; touch++) {
    if (touch === live || !leavesFile(union, touch)) continue;
    const next = touch + 1;
    if (next >= end || union.touches.layer[next] > n) continue;
    const file = fileOfTouch(union, node, touch);
    if (leavesFile(union, next) && livesOn(file, fileOfTouch(union, node, next))) continue;
    yield { file, goneIn: union.touches.layer[next], how: endOf(union, next), replaced: live >= 0 };
  }
}

/** Returns the end of the version before `touch`, which is of the same path. */
export function endOf(union: Union, touch: number): GoneHow {
  const kind = union.touches.kind[touch];
  if (kind === TOUCH.removed) return 'removed';
  return kind === TOUCH.hidden ? 'hidden' : 'replaced';
}

function livesOn(file: SnapshotFile, successor: SnapshotFile): boolean {
  return (
    successor.kind === file.kind &&
    successor.size === file.size &&
    (successor.content === undefined || file.content === undefined
      ? successor.dataDigest === file.dataDigest
      : successor.content === file.content) &&
    successor.link === file.link
  );
}

/** Returns how many paths of snapshot `n` are the same inode as `file`, itself included (st_nlink). */
export function linkCount(union: Union, n: number, file: SnapshotFile): number {
  return linkedNodes(union, n, file).length;
}

/** Returns the nodes of the paths of snapshot `n` that are the same inode as `file`, itself included. */
export function linkedNodes(union: Union, n: number, file: SnapshotFile): number[] {
  if (file.kind === 'directory' || file.inode === undefined) return [file.node];
  const { layer, row } = file.inode;
  const { links } = union;
  const nodes: number[] = [];
  const first = nodeOfRow(union, layer, row);
  if (first >= 0) {
    const inode = fileAt(union, first, n)?.inode;
    if (inode?.layer === layer && inode.row === row) nodes.push(first);
  }
  for (let i = 0; i < links.touch.length; i++) {
    if (links.layer[i] !== layer || links.row[i] !== row) continue;
    const node = nodeOfTouch(union, links.touch[i]);
    if (liveTouch(union, node, n) === links.touch[i]) nodes.push(node);
  }
  return nodes;
}

function nodeOfTouch(union: Union, touch: number): number {
  let low = 0;
  let high = union.paths.count - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (union.touchStart[middle] <= touch) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The node of the union whose touch holds that entry, or -1. */
function nodeOfRow(union: Union, layer: number, row: number): number {
  const { touches } = union;
  for (let touch = 0; touch < touches.row.length; touch++)
    if (touches.layer[touch] === layer && touches.row[touch] === row && leavesFile(union, touch))
      return nodeOfTouch(union, touch);
  return -1;
}

function hasCapability(file: SnapshotFile, wanted: string): boolean {
  const value = file.xattrs.get(CAPABILITY_XATTR);
  if (value === undefined) return false;
  if (wanted === '') return true;
  const capabilities = parseCapabilities(value);
  return (
    capabilities !== undefined && [...capabilities.permitted, ...capabilities.inheritable].includes(wanted)
  );
}
