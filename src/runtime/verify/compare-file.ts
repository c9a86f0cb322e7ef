import { createHash } from 'node:crypto';
import { type BigIntStats, closeSync, constants, lstatSync, openSync, readlinkSync, readSync } from 'node:fs';
import type { HostPath } from '../../layers/write/host-write.js';
import type { SnapshotFile } from '../../layers/union/snapshot-file.js';
import { digestHex } from '../../model/digest.js';
import type { FileKind } from '../../model/entry.js';
import { decodeName, encodeName } from '../../model/name.js';
import { ownerOf } from '../erofs/inodes.js';
import { refusedXattr } from '../erofs/xattr-area.js';
import { deviceParts } from '../sys/node.js';
import { readXattrs } from '../sys/xattr.js';

/** What of an entry differs; `missing` and `extra`: one side has no such entry. */
export type ComparedFacet =
  | 'missing'
  | 'extra'
  | 'kind'
  | 'mode'
  | 'owner'
  | 'size'
  | 'mtime'
  | 'link'
  | 'device'
  | 'xattrs'
  | 'hard-links'
  | 'content';

/** A facet as the union has it, and as it was found, in words. */
export interface FacetDifference {
  readonly facet: ComparedFacet;
  readonly expected: string;
  readonly found: string;
}

/** Returns in what the entry mounted at `at` is not the file of the union. `links` is filled by it, call by call. */
export function differingFacets(
  file: SnapshotFile,
  at: HostPath,
  { content, links }: { readonly content: boolean; readonly links: Map<string, bigint> },
): readonly FacetDifference[] {
  const differences: FacetDifference[] = [];
  const compare = (facet: ComparedFacet, expected: string, found: string): void => {
    if (expected !== found) differences.push({ facet, expected, found });
  };
  const stats = lstatSync(at, { bigint: true });
  const kind = kindOf(stats);
  compare('kind', file.kind, kind);
  if (kind !== file.kind) return differences;
  compare('mode', octal(file.mode), octal(Number(stats.mode & 0o7777n)));
  compare(
    'owner',
    `${String(ownerOf(file.uid))}:${String(ownerOf(file.gid))}`,
    `${String(stats.uid)}:${String(stats.gid)}`,
  );
  compare('mtime', String(file.mtime), String(stats.mtimeNs));
  compare('xattrs', expectedXattrs(file), xattrText(readXattrs(bytesOf(at))));
  if (kind === 'character' || kind === 'block') {
    const { major, minor } = deviceParts(stats.rdev);
    compare(
      'device',
      `${String(file.deviceMajor)}:${String(file.deviceMinor)}`,
      `${String(major)}:${String(minor)}`,
    );
  }
  if (kind === 'symlink') compare('link', file.link, decodeName(readlinkSync(at, { encoding: 'buffer' })));
  if (kind === 'file') compare('size', String(file.size), String(stats.size));
  const isFirst = compareLinks(file, stats, links, compare);
  if (kind === 'file' && content && isFirst && file.content !== undefined)
    compare('content', digestHex(file.content), sha256(at));
  return differences;
}

/** Hard links are one file on both sides. Returns whether it is the first of its names. */
function compareLinks(
  { inode, kind }: SnapshotFile,
  { ino }: BigIntStats,
  links: Map<string, bigint>,
  compare: (facet: ComparedFacet, expected: string, found: string) => void,
): boolean {
  if (inode === undefined || kind === 'directory') return true;
  const key = `${String(inode.layer)} ${String(inode.row)}`;
  const known = links.get(key);
  links.set(key, known ?? ino);
  if (known !== undefined) compare('hard-links', `inode ${String(known)}`, `inode ${String(ino)}`);
  return known === undefined;
}

function kindOf(stats: BigIntStats): FileKind | 'socket' {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isCharacterDevice()) return 'character';
  if (stats.isBlockDevice()) return 'block';
  return stats.isFIFO() ? 'fifo' : 'socket';
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

function expectedXattrs({ xattrs, kind }: SnapshotFile): string {
  const kept = [...xattrs].filter(([name, value]) => refusedXattr(name, value, kind) === undefined);
  return xattrText(
    new Map(kept.map(([name, value]) => [Buffer.from(encodeName(name)).toString('latin1'), value])),
  );
}

/** Names as Latin-1. */
function xattrText(xattrs: ReadonlyMap<string, Uint8Array>): string {
  return [...xattrs]
    .map(([name, value]) => `${name}=${Buffer.from(value).toString('hex')}`)
    .sort()
    .join(' ');
}

function bytesOf(at: HostPath): Buffer {
  return typeof at === 'string' ? Buffer.from(at) : at;
}

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;
const CHUNK = 1024 * 1024;

function sha256(at: HostPath): string {
  const descriptor = openSync(at, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(CHUNK);
    for (let count = readSync(descriptor, buffer); count > 0; count = readSync(descriptor, buffer))
      hash.update(buffer.subarray(0, count));
    return hash.digest('hex');
  } finally {
    closeSync(descriptor);
  }
}
