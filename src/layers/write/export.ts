import { createBreather } from '../../io/breathe.js';
import { TAR_END, tarHeader, type TarMemberInput } from '../../io/tar/write.js';
import type { FileKind } from '../../model/entry.js';
import { fail } from '../../model/error.js';
import type { Layer } from '../../model/image.js';
import { encodeName } from '../../model/name.js';
import type { ContentOptions } from '../read/content.js';
import { nodeBytes } from '../index/path-table.js';
import { gather } from './gather.js';
import { type NamesByInode, namesByInode } from './names-by-inode.js';
import type { SnapshotFile } from '../union/snapshot-file.js';
import type { Union } from '../union/union.js';
import { walk } from '../union/walk.js';
import { whileVerifying } from '../read/while-verifying.js';
import { contentSize, type FileSink, writeFiles } from './write-files.js';

export interface ExportOptions extends ContentOptions {
  /** Times later than this (seconds since 1970) become this: SOURCE_DATE_EPOCH (reproducible-builds.org). */
  readonly clampTime?: number | undefined;
  /** Takes the next piece of the tar, which stays as it is until the promise settles. Called one at a time. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /** Told how many bytes of content will come, before the first. */
  readonly onBegin?: ((total: number) => void) | undefined;
  /** Told of the bytes of content. */
  readonly onBytes?: ((count: number) => void) | undefined;
}

/** What a tar holds. */
export interface Exported {
  readonly members: number;
  /** Of content, without headers and padding. */
  readonly contentBytes: number;
  /** Of the whole tar. */
  readonly bytes: number;
}

const ROOT = encodeName('./');

/** What making one header costs besides its bytes, in the breather's measure. */
const COST_OF_A_HEADER = 4 * 1024;

/**
 * Writes snapshot `n`, from `start` down, as a tar: the same bytes each time, whatever form the image is in. Names begin
 * at the name of `start`, those of the whole tree at its root (`./`, `bin/`, `bin/sh`).
 *
 * Order: first the files, layer by layer from the base and in each in the order its archive has them, so that each layer
 * is read once; a hard link stands behind the first of its names. Then the tree, depth first by the bytes of names:
 * directories, and in them symlinks, devices and fifos. No file comes to be in a directory after the directory's own
 * entry, for GNU tar sets a directory's time for good when it goes on to another one; and a symlink stands directly
 * in its directory, since GNU tar makes those that lead elsewhere at its very end. xattrs are PAX records; those that
 * only steer overlayfs are left out. Holes of sparse files are written as zeros, which every reader understands. Throws
 * E_LIMIT before the first byte when the contents are of more than `layerBytes` together.
 */
export async function exportTar(
  union: Union,
  layers: readonly Layer[],
  n: number,
  start: SnapshotFile,
  options: ExportOptions,
): Promise<Exported> {
  const breathe = createBreather(options.signal);
  const out = gather(options.write);
  const { paths } = union;
  const above = start.node === 0 ? 0 : nodeBytes(paths, paths.parent[start.node]).length;
  // As bytes: most of a header's time would be making text of a path, and bytes of that.
  const nameOf = ({ node, kind }: SnapshotFile): Uint8Array =>
    node === 0 ? ROOT : nodeBytes(paths, node, kind === 'directory').subarray(above + 1);
  let members = 0;
  let contentBytes = 0;
  const header = async (
    file: SnapshotFile,
    kind: FileKind | 'hardlink',
    target?: Uint8Array,
  ): Promise<void> => {
    members++;
    await out.write(snapshotHeader(file, kind, nameOf(file), options.clampTime, target));
    await breathe(COST_OF_A_HEADER);
  };

  const byLayer = namesByInode(regularFiles(union, n, start));
  const total = checkedSize(byLayer, start, options.limits.layerBytes);
  options.onBegin?.(total);
  const sink: FileSink = {
    out,
    header: (file, first) =>
      first === undefined ? header(file, 'file') : header(file, 'hardlink', nameOf(first)),
    onBytes: (count) => {
      contentBytes += count;
      options.onBytes?.(count);
    },
  };
  await whileVerifying(total, options, (settings) => writeFiles(union, layers, byLayer, sink, settings));
  const linked = new Map<string, SnapshotFile>();
  for (const { file } of walk(union, n, start.node)) {
    const { kind, inode } = file;
    if (kind === 'directory') await header(file, kind);
    else if (kind !== 'file' && inode !== undefined) {
      const key = `${String(inode.layer)} ${String(inode.row)}`;
      const first = linked.get(key);
      if (first === undefined) {
        linked.set(key, file);
        await header(file, kind);
      } else await header(file, 'hardlink', nameOf(first));
    }
  }
  await out.write(TAR_END);
  return { members, contentBytes, bytes: await out.end() };
}

/**
 * Returns the bytes of all contents. Throws E_LIMIT over the limit: a few bytes of an image can state petabytes of holes,
 * and would fill any disk with their zeros.
 */
function checkedSize(byLayer: NamesByInode, start: SnapshotFile, limit: number): number {
  const bytes = contentSize(byLayer);
  if (bytes > limit)
    fail(
      'E_LIMIT',
      `exporting ${start.path}: its files have ${String(bytes)} bytes, over the limit of ${String(limit)}`,
      {
        hint: 'strata extract keeps holes; or raise it with --limit layerBytes=BYTES if you trust the image',
      },
    );
  return bytes;
}

function* regularFiles(union: Union, n: number, start: SnapshotFile): Generator<SnapshotFile> {
  for (const { file } of walk(union, n, start.node)) if (file.kind === 'file') yield file;
}

/** Returns the header of a file of a snapshot as a member of a tar; see io/tar/write. */
export function snapshotHeader(
  file: SnapshotFile,
  kind: FileKind | 'hardlink',
  name: Uint8Array,
  clampTime: number | undefined,
  target?: Uint8Array,
): Uint8Array {
  const mtime = floorDivide(file.mtime);
  const clamped = clampTime !== undefined && mtime.seconds >= clampTime;
  const member: TarMemberInput = {
    kind,
    name,
    mode: file.mode,
    uid: file.uid,
    gid: file.gid,
    size: kind === 'file' ? file.size : 0,
    mtimeSeconds: clamped ? clampTime : mtime.seconds,
    mtimeNanoseconds: clamped ? 0 : mtime.nanoseconds,
    deviceMajor: file.deviceMajor,
    deviceMinor: file.deviceMinor,
    ...(kind === 'symlink' ? { linkName: encodeName(file.link) } : {}),
    ...(target === undefined ? {} : { linkName: target }),
    xattrs: kind === 'hardlink' ? undefined : withoutOverlay(file.xattrs),
  };
  return tarHeader(member);
}

/** Overlayfs would take these as orders when the tree becomes one of its layers (redirect, opaque, origin, …). */
function isOverlayXattr(name: string): boolean {
  return name.startsWith('trusted.overlay.') || name.startsWith('user.overlay.');
}

function withoutOverlay(xattrs: ReadonlyMap<string, Uint8Array>): ReadonlyMap<string, Uint8Array> {
  return [...xattrs.keys()].some(isOverlayXattr)
    ? new Map([...xattrs].filter(([name]) => !isOverlayXattr(name)))
    : xattrs;
}

const SECOND = 1_000_000_000n;

function floorDivide(nanoseconds: bigint): { seconds: number; nanoseconds: number } {
  const rest = ((nanoseconds % SECOND) + SECOND) % SECOND;
  return { seconds: Number((nanoseconds - rest) / SECOND), nanoseconds: Number(rest) };
}
