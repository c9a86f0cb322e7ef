import type { SnapshotFile } from '../../layers/union/snapshot-file.js';
import { CAPABILITY_XATTR } from '../../model/capability.js';
import type { FileKind } from '../../model/entry.js';
import { encodeName } from '../../model/name.js';
import type { LeftOutLog, LeftOutReason } from './left-out.js';
import { isPosixAcl } from './posix-acl.js';

/** Extended attributes of all files, each distinct one once, however many files of however many layers have it. */
export interface XattrArea {
  /** Returns where the attributes of the file are, in units of four bytes. */
  placesOf(file: SnapshotFile): readonly number[];
  readonly bytes: number;
  readonly parts: readonly Uint8Array[];
}

/** What an inode's header can count. */
const MOST_PER_INODE = 255;
/** XATTR_NAME_MAX of Linux. */
const NAME_BYTES = 255;
/** EROFS keeps the length in 16 bits: one byte less than XATTR_SIZE_MAX. */
const VALUE_BYTES = 65_535;
const ACCESS_ACL = 'system.posix_acl_access';
const DEFAULT_ACL = 'system.posix_acl_default';
/** Index of a name's beginning, and what stands for the rest (EROFS_XATTR_INDEX_*). */
const PREFIXES: readonly (readonly [prefix: string, index: number])[] = [
  ['user.', 1],
  [ACCESS_ACL, 2],
  [DEFAULT_ACL, 3],
  ['trusted.', 4],
  ['security.', 6],
];

interface Placed {
  readonly places: readonly number[];
  readonly refused: readonly (readonly [reason: LeftOutReason, what: string])[];
}

export function createXattrArea(left: LeftOutLog): XattrArea {
  const known = new Map<string, number>();
  const parts: Uint8Array[] = [];
  const sets = new Map<ReadonlyMap<string, Uint8Array>, Map<FileKind, Placed>>();
  let bytes = 0;

  const placeOf = (name: string, value: Uint8Array): number => {
    const key = `${name}\0${Buffer.from(value).toString('latin1')}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const entry = encodeEntry(name, value);
    const place = bytes / 4;
    known.set(key, place);
    parts.push(entry);
    bytes += entry.length;
    return place;
  };

  const place = (attributes: ReadonlyMap<string, Uint8Array>, kind: FileKind): Placed => {
    const places: number[] = [];
    const refused: [LeftOutReason, string][] = [];
    for (const [name, value] of attributes) {
      const why = refusedXattr(name, value, kind);
      if (why !== undefined) refused.push([why, name]);
      else if (places.length === MOST_PER_INODE) refused.push(['xattr', name]);
      else places.push(placeOf(name, value));
    }
    return { places, refused };
  };

  return {
    parts,
    get bytes() {
      return bytes;
    },
    placesOf(file) {
      const { xattrs, kind } = file;
      if (xattrs.size === 0) return NONE;
      const byKind = sets.get(xattrs) ?? new Map<FileKind, Placed>();
      sets.set(xattrs, byKind);
      const placed = byKind.get(kind) ?? place(xattrs, kind);
      byKind.set(kind, placed);
      for (const [reason, what] of placed.refused) left.add(reason, file.path, what);
      return placed.places;
    },
  };
}

const NONE: readonly number[] = [];

/** Returns why an attribute of an image is not kept on such a file, or undefined. */
export function refusedXattr(
  name: string,
  value: Uint8Array,
  kind: FileKind,
): 'overlay-xattr' | 'xattr' | undefined {
  if (/^(?:trusted|user)\.overlay\./.test(name)) return 'overlay-xattr';
  return isPossible(name, value, kind) ? undefined : 'xattr';
}

/** True when setxattr(2) would set such an attribute on such a file: what it refuses, nothing can read back. */
function isPossible(name: string, value: Uint8Array, kind: FileKind): boolean {
  const prefix = prefixOf(name);
  if (prefix === undefined || value.length > VALUE_BYTES) return false;
  const bytes = encodeName(name);
  if (bytes.length > NAME_BYTES || bytes.includes(0)) return false;
  const hasContent = kind === 'file' || kind === 'directory';
  switch (prefix) {
    case ACCESS_ACL:
      return name === prefix && kind !== 'symlink' && isPosixAcl(value);
    case DEFAULT_ACL:
      return name === prefix && kind === 'directory' && isPosixAcl(value);
    case 'user.':
      return hasContent && name !== prefix;
    default:
      return name !== prefix && (name !== CAPABILITY_XATTR || isCapability(value));
  }
}

/** Versions 2 and 3 of struct vfs_cap_data: no other can be set (validheader() in security/commoncap.c). */
function isCapability(value: Uint8Array): boolean {
  const version = value.at(3);
  return (value.length === 20 && version === 2) || (value.length === 24 && version === 3);
}

function prefixOf(name: string): string | undefined {
  return PREFIXES.find(([prefix]) => name.startsWith(prefix))?.[0];
}

function encodeEntry(name: string, value: Uint8Array): Uint8Array {
  const [prefix, index] = PREFIXES.find(([beginning]) => name.startsWith(beginning)) ?? ['', 0];
  const rest = encodeName(name.slice(prefix.length));
  const entry = Buffer.alloc((4 + rest.length + value.length + 3) & ~3);
  entry[0] = rest.length;
  entry[1] = index;
  entry.writeUInt16LE(value.length, 2);
  entry.set(rest, 4);
  entry.set(value, 4 + rest.length);
  return entry;
}
