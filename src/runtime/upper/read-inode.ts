import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
} from 'node:fs';
import { fail } from '../../model/error.js';
import { decodeName } from '../../model/name.js';
import { type IdMap, idInside } from '../id-map.js';
import { deviceParts } from '../sys/node.js';
import { readXattrs } from '../sys/xattr.js';
import { createFirstNames } from './first-names.js';
import { inodeKind } from './inode-kind.js';
import { cleanXattrs } from './overlay-xattrs.js';
import { type IdMaps, shiftXattrs } from './shifted-xattrs.js';
import type { OverlayXattrs, UpperEntry } from './upper-entry.js';

export interface ReadOptions {
  readonly overlayXattrs: OverlayXattrs;
  /** The container's user namespace; absent when ids are those of this process. */
  readonly idMaps?: IdMaps | undefined;
}

/** What is at one place. */
interface Found {
  /** Undefined for a socket, which no archive holds. */
  readonly entry: UpperEntry | undefined;
  readonly mayHoldWhiteouts: boolean;
}

interface InodeReader {
  /** Reads the inode at a place of the host as `path`. `mayBeWhiteout` as its directory says. */
  readonly read: (place: Buffer, path: string, mayBeWhiteout: boolean) => Found;
}

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;
const NO_MAPS: IdMaps = { uid: [], gid: [] };

/** Returns a reader that knows the inodes of several names it has read. */
export function createInodeReader({ overlayXattrs, idMaps = NO_MAPS }: ReadOptions): InodeReader {
  const firstName = createFirstNames();

  return {
    read(place, path, mayBeWhiteout) {
      const stats = lstatSync(place, { bigint: true });
      const mode = Number(stats.mode);
      const kind = inodeKind(mode);
      if (kind === undefined || kind === 'socket') return { entry: undefined, mayHoldWhiteouts: false };
      const device = kind === 'character' || kind === 'block' ? deviceParts(stats.rdev) : NO_DEVICE;
      // Before hard links are looked for: whiteouts share one inode.
      if (kind === 'character' && stats.rdev === 0n) return whiteout(path);
      const clean = cleanXattrs(readXattrs(place), overlayXattrs);
      if (mayBeWhiteout && kind === 'file' && stats.size === 0n && clean.whiteout) return whiteout(path);
      if (clean.metadataOnly)
        fail('E_COMMIT', `reading the container's ${path}: its content is in a layer below (metacopy)`, {
          hint: 'mount overlayfs with metacopy=off',
        });
      const unmapped = shiftXattrs(clean.xattrs, idMaps);
      if (unmapped !== undefined) failUnmapped(path, 'an extended attribute', unmapped);
      const entry: UpperEntry = {
        path,
        kind,
        opaque: kind === 'directory' && clean.opaque,
        mode: kind === 'symlink' ? 0o777 : mode & 0o7777,
        uid: mapped(idMaps.uid, Number(stats.uid), path, 'the user'),
        gid: mapped(idMaps.gid, Number(stats.gid), path, 'the group'),
        size: kind === 'file' ? Number(stats.size) : 0,
        mtime: stats.mtimeNs,
        link: kind === 'symlink' ? decodeName(readlinkSync(place, { encoding: 'buffer' })) : '',
        deviceMajor: device.major,
        deviceMinor: device.minor,
        xattrs: clean.xattrs,
        links: kind === 'directory' ? 1 : Number(stats.nlink),
        hardLink: kind === 'directory' ? undefined : firstName(stats, path),
        open: () => openSame(place, path, stats),
      };
      return { entry, mayHoldWhiteouts: clean.mayHoldWhiteouts };
    },
  };
}

const NO_DEVICE = { major: 0, minor: 0 };

function whiteout(path: string): Found {
  const entry: UpperEntry = {
    path,
    kind: 'whiteout',
    opaque: false,
    mode: 0,
    uid: 0,
    gid: 0,
    size: 0,
    mtime: 0n,
    link: '',
    deviceMajor: 0,
    deviceMinor: 0,
    xattrs: new Map(),
    links: 1,
    hardLink: undefined,
    open: () => fail('E_INTERNAL', `reading the container's ${path}: a whiteout has no content`),
  };
  return { entry, mayHoldWhiteouts: false };
}

function mapped(map: IdMap, id: number, path: string, what: string): number {
  return idInside(map, id) ?? failUnmapped(path, what, id);
}

function failUnmapped(path: string, what: string, id: number): never {
  return fail(
    'E_COMMIT',
    `reading the container's ${path}: ${what} ${String(id)} is not one of its user namespace`,
  );
}

/** Opens the very file that `stats` are of, never waiting for a writer of what may have come in its place. */
function openSame(place: Buffer, path: string, stats: BigIntStats): number {
  let descriptor: number;
  try {
    descriptor = openSync(place, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (cause) {
    return fail('E_COMMIT', `reading the container's ${path}: it cannot be opened any more`, { cause });
  }
  const now = fstatSync(descriptor, { bigint: true });
  if (now.dev === stats.dev && now.ino === stats.ino && now.mode === stats.mode && now.size === stats.size)
    return descriptor;
  closeSync(descriptor);
  return fail('E_COMMIT', `reading the container's ${path}: it changed meanwhile`, {
    hint: 'pause the container first',
  });
}
