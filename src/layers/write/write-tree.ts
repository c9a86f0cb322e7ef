import {
  chmodSync,
  chownSync,
  lchownSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  rmdirSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { createBreather } from '../../io/breathe.js';
import type { Layer } from '../../model/image.js';
import type { SnapshotFile } from '../union/snapshot-file.js';
import type { Union } from '../union/union.js';
import { walk } from '../union/walk.js';
import { type Anchor, createAnchor } from './host-anchor.js';
import { doing, type HostMetadata, hostPath, type HostPath, hostTime } from './host-write.js';
import { byWork, createFileThreads, threadsFor } from './file-threads.js';
import { COST_OF_A_FILE, costOf, divides, type FilesPlace, type LayerFiles } from './layer-files.js';
import { extractWorker, making, type WriteOptions } from './extract-files.js';
import { namesByInode } from './names-by-inode.js';
import { canBelong, preservedMode } from './preserved.js';

/** What no call makes, so that it is left out. */
export type Unrestored = 'device' | 'fifo' | 'owner' | 'xattrs';

/** What was written, summed up over several trees. */
export interface Written {
  /** Files and symbolic links by their names: no directories, nothing that Node cannot make. */
  files: number;
  bytes: number;
  /** Paths of the image that could not be made, or not wholly, by reason. */
  readonly notRestored: Map<Unrestored, { count: number; readonly first: string[] }>;
}

/** How many paths are kept per reason. */
const KEPT = 20;

/**
 * Writes the tree at `start` of snapshot `n` as `root`, an absolute path that does not exist, in a private directory.
 * Nothing of the image is ever resolved by the host beyond one name in a directory that was made here: the union holds
 * that every parent is a directory, directories come first, links last, and no name is made twice (`O_EXCL`). The mode
 * and time of a directory at `root` itself are left to who moves it. Throws E_UNWRITABLE, E_DISK_FULL, E_EXISTS where
 * the file system takes two names for one, E_INTERRUPTED and what {@link readContents} throws.
 */
export async function writeTree(
  union: Union,
  layers: readonly Layer[],
  n: number,
  start: SnapshotFile,
  root: string,
  written: Written,
  options: WriteOptions,
): Promise<void> {
  const anchor = createAnchor(root);
  const linkAnchor = createAnchor(root);
  try {
    await writeBelow(union, layers, n, start, { root, anchor, linkAnchor }, written, options);
  } finally {
    anchor.close();
    linkAnchor.close();
  }
}

async function writeBelow(
  union: Union,
  layers: readonly Layer[],
  n: number,
  start: SnapshotFile,
  {
    root,
    anchor,
    linkAnchor,
  }: { readonly root: string; readonly anchor: Anchor; readonly linkAnchor: Anchor },
  written: Written,
  options: WriteOptions,
): Promise<void> {
  const breathe = createBreather(options.signal);
  const base = start.path === '/' ? 0 : start.path.length;
  const below = (file: SnapshotFile): string => (file.node === start.node ? '' : file.path.slice(base));
  const place = (file: SnapshotFile): HostPath => anchor.at(below(file));
  // A hard link needs two paths at once.
  const placeLink = (file: SnapshotFile): HostPath => linkAnchor.at(below(file));
  const directories: SnapshotFile[] = [];
  const symlinks: SnapshotFile[][] = [];
  const regular: SnapshotFile[] = [];
  const linkGroups = new Map<string, SnapshotFile[]>();

  for (const { file } of walk(union, n, start.node)) {
    if (file.xattrs.size > 0) leave(written, 'xattrs', file.path);
    if (options.preserve && !canBelong(file)) leave(written, 'owner', file.path);
    if (file.kind === 'directory') {
      making(file, () => {
        mkdirSync(place(file), 0o700);
      });
      directories.push(file);
      await breathe(COST_OF_A_FILE);
      continue;
    }
    if (file.kind === 'fifo') {
      leave(written, 'fifo', file.path);
      continue;
    }
    if (file.inode === undefined || file.kind === 'character' || file.kind === 'block') {
      leave(written, 'device', file.path);
      continue;
    }
    if (file.kind === 'symlink') {
      const key = `${String(file.inode.layer)} ${String(file.inode.row)}`;
      const group = linkGroups.get(key);
      if (group === undefined) {
        const names = [file];
        linkGroups.set(key, names);
        symlinks.push(names);
      } else group.push(file);
    } else regular.push(file);
    written.files++;
  }
  const byLayer = namesByInode(regular);
  const sets = byLayer.map(([position, rows]): LayerFiles => ({
    layer: layers[position - 1],
    index: union.layers[position - 1],
    rows: [...rows.keys()],
    paths: [...rows.values()].map(([first]) => first.path),
  }));
  written.bytes += await makeAll(sets, { root, above: base }, options);
  for (const [, rows] of byLayer)
    for (const [first, ...others] of rows.values()) {
      if (others.length === 0) continue;
      const target = place(first);
      for (const other of others)
        making(other, () => {
          linkSync(target, placeLink(other));
        });
      await breathe(COST_OF_A_FILE * others.length);
    }
  for (const [first, ...others] of symlinks) {
    const target = place(first);
    making(first, () => {
      symlinkSync(hostPath(first.link), target);
      if (options.preserve) lchownSync(target, first.uid, first.gid);
      lutimesSync(target, hostTime(first.mtime), hostTime(first.mtime));
      for (const other of others) linkSync(target, placeLink(other));
    });
    await breathe(COST_OF_A_FILE);
  }
  // Children first: a directory's time changes with its entries, and its mode may forbid them.
  for (const file of directories.reverse()) {
    if (file.node === start.node) continue;
    making(file, () => {
      applyTo(place(file), directoryMetadata(file, options));
    });
    await breathe(COST_OF_A_FILE);
  }
}

/** Makes all regular files, several layers at once; returns their bytes of content. */
async function makeAll(
  sets: readonly LayerFiles[],
  place: FilesPlace,
  options: WriteOptions,
): Promise<number> {
  const work = sets.map((files) => ({ files, cost: costOf(files), divides: divides(files.layer) }));
  const count = threadsFor(work);
  const threads = createFileThreads(extractWorker(options), count, options);
  const waiting = work.sort(byWork).map(({ files }) => files);
  let bytes = 0;
  const make = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      for (const more of await threads.make(next, place)) bytes += more;
  };
  try {
    await Promise.all(Array.from({ length: Math.max(1, count) }, make));
    return bytes;
  } finally {
    await threads.close();
  }
}

/** Returns what a directory gets once it is filled. */
export function directoryMetadata(file: SnapshotFile, { preserve, umask }: WriteOptions): HostMetadata {
  return {
    owner: preserve ? file : undefined,
    mode: preserve ? preservedMode(file) : file.mode & 0o777 & ~umask,
    mtime: file.mtime,
  };
}

/** Returns the umask without changing it, by making a directory at the free place `probe` and removing it. */
export function umaskOf(probe: string): number {
  return doing('writing', probe, () => {
    mkdirSync(probe, 0o777);
    const { mode } = statSync(probe);
    rmdirSync(probe);
    return 0o777 & ~mode;
  });
}

function applyTo(target: HostPath, { owner, mode, mtime }: HostMetadata): void {
  if (owner !== undefined) chownSync(target, owner.uid, owner.gid);
  if (mode !== undefined) chmodSync(target, mode);
  utimesSync(target, hostTime(mtime), hostTime(mtime));
}

function leave({ notRestored }: Written, why: Unrestored, path: string): void {
  const known = notRestored.get(why) ?? { count: 0, first: [] };
  notRestored.set(why, known);
  known.count++;
  if (known.first.length < KEPT) known.first.push(path);
}
