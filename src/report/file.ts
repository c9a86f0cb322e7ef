import { CAPABILITY_XATTR, formatCapabilities, parseCapabilities } from '../model/capability.js';
import type { SnapshotFile } from '../layers/snapshot-file.js';
import type { Cell } from './cell.js';
import type { Palette } from './colour.js';
import { bytesJson, nameJson, sortedObject } from './json.js';
import { formatMode, formatOctal } from './mode.js';
import { formatTime } from './time.js';

/** Returns one file as every command's JSON shows it. Sizes are bytes, times RFC 3339, modes octal text. */
export function fileJson(file: SnapshotFile): Record<string, unknown> {
  const capability = file.xattrs.get(CAPABILITY_XATTR);
  const parsed = capability === undefined ? undefined : parseCapabilities(capability);
  const isDevice = file.kind === 'character' || file.kind === 'block';
  return {
    ...nameJson(file.path),
    kind: file.kind,
    mode: formatOctal(file.mode),
    uid: file.uid,
    gid: file.gid,
    size: file.size,
    mtime: formatTime(file.mtime),
    ...(file.kind === 'symlink' ? nameJson(file.link, 'link') : {}),
    ...(isDevice ? { device: { major: file.deviceMajor, minor: file.deviceMinor } } : {}),
    ...(file.content === undefined ? {} : { content: file.content }),
    ...(file.hardLink ? { hardLink: true } : {}),
    ...(file.xattrs.size === 0
      ? {}
      : { xattrs: sortedObject([...file.xattrs].map(([name, value]) => [name, bytesJson(value)] as const)) }),
    ...(parsed === undefined ? {} : { capabilities: formatCapabilities(parsed) }),
    layer: file.layer,
    ...(file.inode === undefined ? { implied: true } : {}),
  };
}

/** Returns `name`, coloured by what the file is, with ` -> target` behind a link. */
export function fileCells(file: SnapshotFile, name: string, palette: Palette): Cell[] {
  const style = fileStyle(file, palette);
  const cell = style === undefined ? name : { text: name, style };
  return file.kind === 'symlink' ? [cell, { text: ' -> ', style: palette.dim }, file.link] : [cell];
}

function fileStyle(file: SnapshotFile, palette: Palette) {
  if (file.kind === 'directory') return palette.directory;
  if (file.kind === 'symlink') return palette.symlink;
  if (file.kind !== 'file') return palette.special;
  if ((file.mode & 0o6000) !== 0 || file.xattrs.has(CAPABILITY_XATTR)) return palette.privileged;
  return (file.mode & 0o111) !== 0 ? palette.executable : undefined;
}

/** `-rwsr-xr-x`, as ls(1) prints it. */
export function modeText(file: SnapshotFile): string {
  return formatMode(file.kind, file.mode);
}
