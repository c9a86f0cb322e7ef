import type { Entry, EntryKind } from '../model/entry.js';
import type { Cell } from './cell.js';
import type { Palette } from './colour.js';
import { fileStyle, linkCell, xattrsJson } from './file.js';
import { nameJson } from './json.js';
import { formatOctal } from './mode.js';
import { formatTime } from './time.js';

/** Returns one archive member for JSON. Sizes and offsets are bytes of the plain tar. */
export function entryJson(entry: Entry): Record<string, unknown> {
  const { kind, xattrs, content } = entry;
  return {
    ...nameJson(entry.path),
    row: entry.row,
    kind,
    mode: formatOctal(entry.mode),
    uid: entry.uid,
    gid: entry.gid,
    size: entry.size,
    storedSize: entry.storedSize,
    mtime: formatTime(entry.mtime),
    headerOffset: entry.headerOffset,
    dataOffset: entry.dataOffset,
    ...(kind === 'symlink' || kind === 'hardlink' ? nameJson(entry.link, 'link') : {}),
    ...(kind === 'character' || kind === 'block'
      ? { device: { major: entry.deviceMajor, minor: entry.deviceMinor } }
      : {}),
    ...(content === undefined ? {} : { content }),
    ...(xattrs.size === 0 ? {} : xattrsJson(xattrs)),
  };
}

/** What stands behind the path of a member that hides something. */
const MARKERS: Partial<Record<EntryKind, string>> = {
  whiteout: ' (whiteout: removes it)',
  opaque: ' (opaque: hides what lower layers have in it)',
};

/** Returns the member's path, coloured by what it is, with what it links to or hides. */
export function entryCell(entry: Entry, palette: Palette): Cell {
  const { kind, path, mode, xattrs } = entry;
  if (kind === 'hardlink') return linkCell(path, entry.link, palette.plain, palette, ' link to ');
  if (kind === 'whiteout' || kind === 'opaque')
    return linkCell(path, '', palette.removed, palette, MARKERS[kind]);
  const style = fileStyle({ kind, mode, xattrs }, palette);
  return kind === 'symlink' ? linkCell(path, entry.link, style, palette) : { text: path, style };
}
