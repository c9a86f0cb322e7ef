import { CAPABILITY_XATTR, formatCapabilities, parseCapabilities } from '../model/capability.js';
import type { SnapshotFile } from '../layers/union/snapshot-file.js';
import type { Cell } from './cell.js';
import { isUtf8Name } from '../model/name.js';
import type { Palette, Style } from './colour.js';
import { escapeForTerminal } from './escape.js';
import { bytesJson, namedJson, nameJson, sortedObject } from './json.js';
import { formatOctal } from './mode.js';
import { formatTime } from './time.js';

/** Returns one file as every command's JSON shows it. Sizes are bytes, times RFC 3339, modes octal text. */
export function fileJson(file: SnapshotFile): FileJson {
  const { kind, xattrs, content } = file;
  // No spreads, which V8 makes slow: listings are long.
  const json: FileJson = namedJson(file.path, {
    kind,
    mode: formatOctal(file.mode),
    uid: file.uid,
    gid: file.gid,
    size: file.size,
    mtime: formatTime(file.mtime),
    layer: file.layer,
  });
  if (kind === 'symlink') Object.assign(json, nameJson(file.link, 'link'));
  if (kind === 'character' || kind === 'block')
    json.device = { major: file.deviceMajor, minor: file.deviceMinor };
  if (content !== undefined) json.content = content;
  if (file.hardLink) json.hardLink = true;
  if (xattrs.size > 0) Object.assign(json, xattrsJson(xattrs));
  if (file.inode === undefined) json.implied = true;
  return json;
}

/** The fields of {@link fileJson}. */
export interface FileJson extends Readonly<Record<string, unknown>> {
  device?: { readonly major: number; readonly minor: number };
  content?: string;
  hardLink?: true;
  implied?: true;
}

/** Returns the fields `xattrs` (names to bytes) and, where the file has them, `capabilities` as getcap(8) prints them. */
export function xattrsJson(xattrs: ReadonlyMap<string, Uint8Array>): Record<string, unknown> {
  const capability = xattrs.get(CAPABILITY_XATTR);
  const parsed = capability === undefined ? undefined : parseCapabilities(capability);
  return {
    xattrs: sortedObject([...xattrs].map(([name, value]) => [printable(name), bytesJson(value)] as const)),
    ...(parsed === undefined ? {} : { capabilities: formatCapabilities(parsed) }),
  };
}

function printable(name: string): string {
  return isUtf8Name(name) ? name : escapeForTerminal(name);
}

/** Returns `name`, coloured by what the file is, with ` -> target` behind a symbolic link. */
export function fileCell(file: SnapshotFile, name: string, palette: Palette): Cell {
  const style = fileStyle(file, palette);
  return file.kind === 'symlink' ? linkCell(name, file.link, style, palette) : { text: name, style };
}

/** Returns `name arrow target` in one cell: the name in its style, the rest dim. */
export function linkCell(name: string, target: string, style: Style, palette: Palette, arrow = ' -> '): Cell {
  const length = escapeForTerminal(name).length;
  return {
    text: `${name}${arrow}${target}`,
    style: (text) => style(text.slice(0, length)) + palette.dim(text.slice(length)),
  };
}

/** What of a file its colour tells. */
type Looks = Pick<SnapshotFile, 'kind' | 'mode' | 'xattrs'>;

/** Returns the colour that tells what a file is. */
export function fileStyle(file: Looks, palette: Palette): Style {
  if (file.kind === 'directory') return palette.directory;
  if (file.kind === 'symlink') return palette.symlink;
  if (file.kind !== 'file') return palette.special;
  if ((file.mode & 0o6000) !== 0 || file.xattrs.has(CAPABILITY_XATTR)) return palette.privileged;
  return (file.mode & 0o111) !== 0 ? palette.executable : palette.plain;
}
