import { chmodSync, linkSync, mkdirSync, symlinkSync } from 'node:fs';
import { createBreather } from '../../io/breathe.js';
import { systemReason } from '../../io/system-error.js';
import type { FileThreads } from '../../layers/write/file-threads.js';
import { type Anchor, createAnchor } from '../../layers/write/host-anchor.js';
import { hostPath } from '../../layers/write/host-write.js';
import { COST_OF_A_FILE, type LayerFiles } from '../../layers/write/layer-files.js';
import { nodePath } from '../../layers/index/path-table.js';
import { fileAt, type SnapshotFile } from '../../layers/union/snapshot-file.js';
import type { Union } from '../../layers/union/union.js';
import { reasonToLeaveOut } from '../erofs/inodes.js';
import { createLeftOutLog, type LeftOut, type LeftOutLog, mergeLeftOut } from '../erofs/left-out.js';
import { SystemCallError } from '../sys/libc.js';
import { makeNode } from '../sys/node.js';
import { setXattr } from '../sys/xattr.js';
import type { OverlayXattrs } from '../upper/upper-entry.js';
import { making } from './making.js';
import { setAttributes, setOwner, setTime } from './metadata.js';
import type { LayerPlan } from './plan.js';
import { type Names, sortOut } from './sort-out.js';

/** Where the bytes of a layer are, open as long as its files are made. */
export interface FilesSource extends Pick<LayerFiles, 'layer' | 'known'> {
  readonly close: () => void;
}

export interface WriteLayerOptions {
  readonly sourceOf: (layer: number) => FilesSource;
  /** Makes the regular files. */
  readonly threads: FileThreads<LeftOut>;
  /** By which attributes overlayfs is told what is opaque. */
  readonly marks: OverlayXattrs;
  readonly signal?: AbortSignal | undefined;
}

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
  try {
    const told = await writePlanned({ union, plan, root, left, anchor, linkAnchor, ...options });
    return mergeLeftOut([left.list, ...told]);
  } finally {
    anchor.close();
    linkAnchor.close();
  }
}

interface Writing extends WriteLayerOptions {
  readonly union: Union;
  readonly plan: LayerPlan;
  readonly root: string;
  readonly left: LeftOutLog;
  readonly anchor: Anchor;
  readonly linkAnchor: Anchor;
}

async function writePlanned(writing: Writing): Promise<readonly LeftOut[]> {
  const { union, plan, left, anchor, signal } = writing;
  const breathe = createBreather(signal);
  const { directories, files, others, missing } = sortOut(union, plan, left);
  for (const file of directories) {
    if (file.node !== 0)
      making(file, () => {
        mkdirSync(anchor.at(file.path), 0o700);
      });
    await breathe(COST_OF_A_FILE);
  }
  const told = await writeFiles(writing, files);
  for (const names of others) {
    if (!makeSpecials(writing, names)) for (const { node } of names) missing.add(node);
    await breathe(COST_OF_A_FILE * names.length);
  }
  writeWhiteouts(writing, missing);
  // Children first: a directory's time changes with its entries, and its mode may forbid them.
  for (const file of directories.reverse()) {
    finishDirectory(writing, file, plan.opaque.has(file.node));
    await breathe(COST_OF_A_FILE);
  }
  return told;
}

/** Makes regular files with all their names. Where no more links can be made of one, it is made once more. */
async function writeFiles(
  { union, root, anchor, linkAnchor, sourceOf, threads, signal }: Writing,
  files: ReadonlyMap<number, Names>,
): Promise<readonly LeftOut[]> {
  const told: LeftOut[] = [];
  const breathe = createBreather(signal);
  const makeOf = async (layer: number, names: Names): Promise<void> => {
    const index = union.layers[layer - 1];
    for (let rest = names; rest.size > 0;) {
      const rows = [...rest.keys()];
      const paths = [...rest.values()].map(([first]) => first.path);
      const { close, ...source } = sourceOf(layer);
      try {
        told.push(...(await threads.make({ ...source, index, rows, paths }, { root, above: 0 })));
      } finally {
        close();
      }
      const again = new Map<number, readonly SnapshotFile[]>();
      for (const [row, [first, ...others]] of rest) {
        if (others.length === 0) continue;
        const unlinked = others.findIndex((other) => !link(first.path, other));
        if (unlinked >= 0) again.set(row, others.slice(unlinked));
        await breathe(COST_OF_A_FILE * others.length);
      }
      rest = again;
    }
  };
  const link = (known: string, file: SnapshotFile): boolean =>
    making(file, () =>
      isLinked(() => {
        linkSync(anchor.at(known), linkAnchor.at(file.path));
      }),
    );
  for (const [layer, names] of files) await makeOf(layer, names);
  return told;
}

/** Makes a symlink, device or pipe with all its names; false when it cannot be made. */
function makeSpecials(writing: Writing, names: readonly SnapshotFile[]): boolean {
  const { anchor, linkAnchor } = writing;
  let first: SnapshotFile | undefined;
  for (const file of names) {
    const known = first;
    const linked =
      known !== undefined &&
      making(file, () =>
        isLinked(() => {
          linkSync(anchor.at(known.path), linkAnchor.at(file.path));
        }),
      );
    if (linked) continue;
    if (!making(file, () => makeSpecial(file, writing))) return false;
    first = file;
  }
  return true;
}

const NODE_TYPE: Readonly<Record<string, number>> = { fifo: 0o010000, character: 0o020000, block: 0o060000 };

/** Makes one of one name; false when it cannot be made. */
function makeSpecial(file: SnapshotFile, writing: Writing): boolean {
  const at = writing.anchor.at(file.path);
  if (file.kind === 'symlink') {
    symlinkSync(hostPath(file.link), at);
    finishSpecial(file, writing);
    return true;
  }
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
  making(file, () => {
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
    making({ path }, () => {
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
