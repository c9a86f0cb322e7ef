import { chmodSync, linkSync, mkdirSync, symlinkSync } from 'node:fs';
import { createBreather } from '../../io/breathe.js';
import { systemReason } from '../../io/system-error.js';
import { type Anchor, createAnchor } from '../../layers/write/host-anchor.js';
import { failWriting, hostPath } from '../../layers/write/host-write.js';
import { nodePath } from '../../layers/index/path-table.js';
import { fileAt, type SnapshotFile } from '../../layers/union/snapshot-file.js';
import type { Union } from '../../layers/union/union.js';
import { reasonToLeaveOut } from '../erofs/inodes.js';
import { createLeftOutLog, type LeftOut, type LeftOutLog } from '../erofs/left-out.js';
import { SystemCallError } from '../sys/libc.js';
import { makeNode } from '../sys/node.js';
import { setXattr } from '../sys/xattr.js';
import type { OverlayXattrs } from '../upper/upper-entry.js';
import { type LayerTars, openLayerTars } from './layer-tars.js';
import { setAttributes, setOwner, setTime } from './metadata.js';
import type { LayerPlan } from './plan.js';
import { writeRegularFile } from './write-file.js';

export interface WriteLayerOptions {
  /** Where the plain tar of a layer is. */
  readonly tarOf: (layer: number) => string;
  /** By which attributes overlayfs is told what is opaque. */
  readonly marks: OverlayXattrs;
  readonly signal?: AbortSignal | undefined;
}

/** What making one file costs besides its bytes, in the breather's measure. */
const COST_OF_A_FILE = 16 * 1024;

/**
 * Fills the empty directory `root`, in a private one, with what the plan says; returns what could not be made. Nothing of
 * the layer is ever resolved by the host beyond one name in a directory that was made here: the union holds that every
 * parent is a directory, directories are made first and links last, and no name is made twice (`O_EXCL`). Throws
 * E_DISK_FULL, E_UNWRITABLE, E_EXISTS where the file system takes two names for one, E_TRUNCATED, E_INTERRUPTED.
 */
export async function writeLayer(
  union: Union,
  plan: LayerPlan,
  root: string,
  options: WriteLayerOptions,
): Promise<LeftOut> {
  const left = createLeftOutLog();
  const anchor = createAnchor(root);
  // A hard link needs two paths at once.
  const linkAnchor = createAnchor(root);
  const tars = openLayerTars(options.tarOf);
  try {
    await writePlanned({ union, plan, left, anchor, linkAnchor, tars, ...options });
  } finally {
    anchor.close();
    linkAnchor.close();
    tars.close();
  }
  return left.list;
}

interface Writing extends WriteLayerOptions {
  readonly union: Union;
  readonly plan: LayerPlan;
  readonly left: LeftOutLog;
  readonly anchor: Anchor;
  readonly linkAnchor: Anchor;
  readonly tars: LayerTars;
}

async function writePlanned(writing: Writing): Promise<void> {
  const { plan, anchor, signal } = writing;
  const breathe = createBreather(signal);
  const { directories, inodes, missing } = sortOut(writing);
  for (const file of directories) {
    if (file.node !== 0)
      making(file.path, () => {
        mkdirSync(anchor.at(file.path), 0o700);
      });
    await breathe(COST_OF_A_FILE);
  }
  for (const names of inodes) {
    const bytes = writeInode(writing, names);
    if (bytes === undefined) for (const { node } of names) missing.add(node);
    await breathe(COST_OF_A_FILE + (bytes ?? 0));
  }
  writeWhiteouts(writing, missing);
  // Children first: a directory's time changes with its entries, and its mode may forbid them.
  for (const file of directories.reverse()) {
    finishDirectory(writing, file, plan.opaque.has(file.node));
    await breathe(COST_OF_A_FILE);
  }
}

interface Sorted {
  /** Parents first. */
  readonly directories: SnapshotFile[];
  /** All names of each inode, in the order of the archives. */
  readonly inodes: readonly (readonly SnapshotFile[])[];
  /** Nodes that are not made. */
  readonly missing: Set<number>;
}

function sortOut({ union, plan, left }: Writing): Sorted {
  const directories: SnapshotFile[] = [];
  const byInode = new Map<number, SnapshotFile[]>();
  const missing = new Set<number>();
  for (const node of plan.nodes) {
    const file = fileAt(union, node, plan.layer);
    if (file === undefined) continue;
    const why = reasonToLeaveOut(union, file);
    if (why !== undefined) left.add(why.reason, file.path, why.what);
    if (why !== undefined || (node !== 0 && missing.has(union.paths.parent[node]))) missing.add(node);
    else if (file.kind === 'directory') directories.push(file);
    else if (file.inode !== undefined) {
      const key = file.inode.layer * 2 ** 32 + file.inode.row;
      const names = byInode.get(key);
      if (names === undefined) byInode.set(key, [file]);
      else names.push(file);
    }
  }
  const inodes = [...byInode].sort(([a], [b]) => a - b).map(([, names]) => names);
  return { directories, inodes, missing };
}

/** Makes a file with all its names; returns the bytes of content, undefined when it cannot be made. */
function writeInode(writing: Writing, names: readonly SnapshotFile[]): number | undefined {
  const { anchor, linkAnchor } = writing;
  let first: SnapshotFile | undefined;
  let bytes = 0;
  for (const file of names) {
    const known = first;
    const linked =
      known !== undefined &&
      making(file.path, () =>
        isLinked(() => {
          linkSync(anchor.at(known.path), linkAnchor.at(file.path));
        }),
      );
    if (linked) continue;
    const made = making(file.path, () => writeFirst(writing, file));
    if (made === undefined) return undefined;
    bytes += made;
    first = file;
  }
  return bytes;
}

/** Makes a file of one name; undefined when it cannot be made. */
function writeFirst(writing: Writing, file: SnapshotFile): number | undefined {
  const { union, left, anchor, tars } = writing;
  const { path, kind, inode } = file;
  const at = anchor.at(path);
  if (kind === 'file' && inode !== undefined) return writeRegularFile(union, file, inode, at, tars, left);
  if (kind !== 'symlink') return makeSpecial(file, writing) ? 0 : undefined;
  symlinkSync(hostPath(file.link), at);
  finishSpecial(file, writing);
  return 0;
}

const NODE_TYPE: Readonly<Record<string, number>> = { fifo: 0o010000, character: 0o020000, block: 0o060000 };

function makeSpecial(file: SnapshotFile, writing: Writing): boolean {
  const at = writing.anchor.at(file.path);
  try {
    makeNode(at, (NODE_TYPE[file.kind] ?? 0) | 0o600, file.deviceMajor, file.deviceMinor);
  } catch (thrown) {
    if (!(thrown instanceof SystemCallError) || thrown.errno !== 'EPERM') throw thrown;
    writing.left.add('device', file.path, `${String(file.deviceMajor)}:${String(file.deviceMinor)}`);
    return false;
  }
  finishSpecial(file, writing);
  return true;
}

function finishSpecial(file: SnapshotFile, { anchor, left }: Writing): void {
  const at = anchor.at(file.path);
  setOwner(file, at, left);
  if (file.kind !== 'symlink') chmodSync(at, file.mode);
  setAttributes(file, at, left);
  setTime(file, at, left);
}

function finishDirectory({ anchor, left, marks }: Writing, file: SnapshotFile, opaque: boolean): void {
  making(file.path, () => {
    const at = anchor.at(file.node === 0 ? '' : file.path);
    setOwner(file, at, left);
    chmodSync(at, file.mode);
    setAttributes(file, at, left);
    if (opaque) setXattr(at, `${marks}.overlay.opaque`, Buffer.from('y'));
    setTime(file, at, left);
  });
}

/** Whiteouts are names of one device, as overlayfs itself makes them; of another where it has too many. */
function writeWhiteouts({ union, plan, anchor, linkAnchor }: Writing, missing: ReadonlySet<number>): void {
  const { paths } = union;
  let first: string | undefined;
  for (const node of [...plan.whiteouts, ...[...plan.covering].filter((at) => missing.has(at))]) {
    const below = fileAt(union, node, plan.layer - 1);
    // What could not be made below needs no whiteout, and cannot have one.
    if (below === undefined || missing.has(paths.parent[node])) continue;
    if (reasonToLeaveOut(union, below)?.reason === 'name') continue;
    const path = nodePath(paths, node);
    const known = first;
    making(path, () => {
      if (
        known === undefined ||
        !isLinked(() => {
          linkSync(linkAnchor.at(known), anchor.at(path));
        })
      ) {
        makeNode(anchor.at(path), NODE_TYPE.character, 0, 0);
        first = path;
      }
    });
  }
}

function isLinked(link: () => void): boolean {
  try {
    link();
    return true;
  } catch (thrown) {
    if (['EMLINK', 'EPERM', 'ENOTSUP'].includes(systemReason(thrown).code)) return false;
    throw thrown;
  }
}

/** Runs a step of making a path of the layer. */
function making<T>(path: string, step: () => T): T {
  try {
    return step();
  } catch (thrown) {
    if (thrown instanceof SystemCallError)
      failWriting(
        'unpacking',
        hostPath(path),
        Object.assign(new Error(thrown.message), { code: thrown.errno }),
      );
    return failWriting('unpacking', hostPath(path), thrown);
  }
}
