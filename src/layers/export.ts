import { TAR_END, tarHeader, type TarMemberInput, tarPadding } from '../io/tar/write.js';
import type { FileKind } from '../model/entry.js';
import type { Layer } from '../model/image.js';
import { encodeName } from '../model/name.js';
import { type Content, type ContentOptions, readContents } from './content.js';
import { type SnapshotFile } from './snapshot-file.js';
import type { Union } from './union.js';
import { walk } from './walk.js';

export interface ExportOptions extends ContentOptions {
  /** Times later than this (seconds since 1970) become this: SOURCE_DATE_EPOCH (reproducible-builds.org). */
  readonly clampTime?: number;
  /** Called with each piece of the tar; the next one is made when it resolved. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
  readonly onBytes?: (count: number) => void;
}

/**
 * Writes snapshot `n`, from `start` down, as a tar: the same bytes each time. Directories come first, parents before
 * children; then the files in the order their layers hold them, so that each layer is read once; a hard link follows its
 * file; then symlinks, devices and fifos by path. xattrs are PAX records; those that only steer overlayfs are left out.
 */
export async function exportTar(
  union: Union,
  layers: readonly Layer[],
  n: number,
  start: SnapshotFile,
  options: ExportOptions,
): Promise<void> {
  const base = start.path === '/' ? 1 : start.path.lastIndexOf('/') + 1;
  const nameOf = (file: SnapshotFile): Uint8Array => {
    const name = file.path.slice(base);
    return encodeName(file.kind === 'directory' ? (name === '' ? './' : `${name}/`) : name);
  };
  const byLayer = new Map<number, Map<number, SnapshotFile[]>>();
  const others: SnapshotFile[][] = [];
  const groups = new Map<string, SnapshotFile[]>();
  for (const { file } of walk(union, n, start.node)) {
    if (file.kind === 'directory') await options.write(header(file, file.kind, nameOf(file), options));
    else if (file.inode === undefined) continue;
    else if (file.kind === 'file') {
      const { layer, row } = file.inode;
      const rows = byLayer.get(layer) ?? new Map<number, SnapshotFile[]>();
      byLayer.set(layer, rows);
      const names = rows.get(row);
      if (names === undefined) rows.set(row, [file]);
      else names.push(file);
    } else {
      const key = `${String(file.inode.layer)} ${String(file.inode.row)}`;
      const names = groups.get(key);
      if (names === undefined) {
        const group = [file];
        groups.set(key, group);
        others.push(group);
      } else names.push(file);
    }
  }
  const hardLinks = async (first: SnapshotFile, rest: readonly SnapshotFile[]): Promise<void> => {
    for (const other of rest)
      await options.write(header(other, 'hardlink', nameOf(other), options, nameOf(first)));
  };
  for (const [position, rows] of [...byLayer].sort(([a], [b]) => a - b)) {
    const sorted = [...rows.keys()].sort((a, b) => a - b);
    const visit = async (row: number, content: Content): Promise<void> => {
      const [first, ...rest] = rows.get(row) ?? [];
      await options.write(header(first, 'file', nameOf(first), options));
      for await (const chunk of content) {
        await options.write(chunk);
        options.onBytes?.(chunk.length);
      }
      if (first.size % 512 !== 0) await options.write(tarPadding(first.size));
      await hardLinks(first, rest);
    };
    await readContents(layers[position - 1], union.layers[position - 1], sorted, visit, options);
  }
  for (const [first, ...rest] of others) {
    await options.write(header(first, first.kind, nameOf(first), options));
    await hardLinks(first, rest);
  }
  await options.write(TAR_END);
}

function header(
  file: SnapshotFile,
  kind: FileKind | 'hardlink',
  name: Uint8Array,
  { clampTime }: ExportOptions,
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
export function isOverlayXattr(name: string): boolean {
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
