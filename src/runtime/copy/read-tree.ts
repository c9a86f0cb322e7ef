import { type BigIntStats, closeSync, constants, lstatSync, openSync, readlinkSync, readSync } from 'node:fs';
import { createBreather } from '../../io/breathe.js';
import { fail } from '../../model/error.js';
import { decodeName } from '../../model/name.js';
import { type IdMap, idInside } from '../id-map.js';
import { nextData } from '../sys/holes.js';
import { isKernelsOwn } from '../sys/kernel-files.js';
import { SystemCallError } from '../sys/libc.js';
import { O_PATH } from '../sys/open-inside.js';
import { openRegular } from '../sys/open-regular.js';
import { deviceParts } from '../sys/node.js';
import { readXattrs } from '../sys/xattr.js';
import { createFirstNames, type FirstNames } from '../upper/first-names.js';
import { inodeKind } from '../upper/inode-kind.js';
import { type OpenDirectory, openDirectory } from '../upper/open-directory.js';
import { isHostLabel } from '../upper/overlay-xattrs.js';
import { shiftXattrs } from '../upper/shifted-xattrs.js';
import type { CopyEntry, CopySink, Loss, Piece } from './copy-entry.js';

/** The root of a tree: a name in an open directory, `.` for the directory itself. */
export interface TreeRoot {
  readonly directory: number;
  readonly name: Uint8Array;
}

export interface ReadTreeOptions {
  /** Of the side that is read; empty when ids are this machine's. */
  readonly idMap: IdMap;
  readonly onLoss: (path: string, what: Loss) => void;
  /** Device number (stat(2)) of a file system that the runtime has mounted in the tree: what it is mounted on is empty. */
  readonly runtimes?: bigint | undefined;
  readonly signal?: AbortSignal | undefined;
}

const { O_NOFOLLOW } = constants;
/** What a user namespace shows of an id that it does not map (user_namespaces(7)). */
const OVERFLOW = 65_534;
const CHUNK = 256 * 1024;

/** What a runtime mounts of the kernel's in every container. */
const RUNTIMES: ReadonlySet<string> = new Set(['proc', 'sys']);

interface Frame {
  readonly directory: OpenDirectory;
  /** '' for the root. */
  readonly path: string;
  /** Of the file system it is on. */
  readonly device: bigint;
  next: number;
}

/**
 * Hands a tree to `sink`, each directory before what is in it. Every name is looked up in a directory that is held open and
 * no link is followed, so that whoever changes the tree meanwhile cannot lead out of it; what vanishes meanwhile is left out.
 * What the kernel or the runtime shows in it (/proc, /sys, /dev) is an empty directory, as where no container runs. Throws
 * E_UNREADABLE, E_INTERRUPTED and what the sink and `onLoss` throw.
 */
export async function readTree(root: TreeRoot, sink: CopySink, options: ReadTreeOptions): Promise<void> {
  const breathe = createBreather(options.signal);
  const firstName = createFirstNames();
  const stack: Frame[] = [];
  const isMounted = ({ dev }: BigIntStats): boolean => stack.at(-1)?.device !== dev;
  const visit = async (place: Buffer, path: string): Promise<void> => {
    const stats = lstatSync(place, { bigint: true });
    const entry = entryOf(place, path, stats, firstName, options);
    if (entry === undefined) {
      options.onLoss(path, 'socket');
      return;
    }
    if (entry.kind === 'directory') {
      const mounted = isMounted(stats);
      const directory = openDirectory(place);
      const frame = { directory, path, device: stats.dev, next: 0 };
      stack.push(frame);
      const kernels = mounted && isKernelsOwn(directory.place(Buffer.from('.')));
      const runtimes = mounted && path !== '' && stats.dev === options.runtimes;
      if (kernels || runtimes) frame.next = directory.names.length;
      if (kernels && !(options.runtimes !== undefined && RUNTIMES.has(path))) options.onLoss(path, 'kernel');
      await sink.take(entry);
    } else if (entry.kind === 'file') {
      const descriptor = openSame(place, path, stats);
      try {
        if (isMounted(stats) && isMadeUp(descriptor, entry.size)) options.onLoss(path, 'kernel');
        else await sink.take(entry, pieces(descriptor, entry.size, breathe));
      } finally {
        closeSync(descriptor);
      }
    } else await sink.take(entry);
    await breathe(0);
  };
  const self = Buffer.from(`/proc/self/fd/${String(root.directory)}/`);
  try {
    await attempt('', () => visit(Buffer.concat([self, root.name]), ''));
    for (let above = stack.at(-1); above !== undefined; above = stack.at(-1)) {
      if (above.next === above.directory.names.length) {
        above.directory.close();
        stack.pop();
        continue;
      }
      const name = above.directory.names[above.next++];
      const path = `${above.path === '' ? '' : `${above.path}/`}${decodeName(name)}`;
      const place = above.directory.place(name);
      await attempt(path, () => visit(place, path), options.onLoss);
    }
  } finally {
    for (const { directory } of stack) directory.close();
  }
}

function entryOf(
  place: Buffer,
  path: string,
  stats: BigIntStats,
  firstName: FirstNames,
  { idMap }: ReadTreeOptions,
): CopyEntry | undefined {
  const mode = Number(stats.mode);
  const kind = inodeKind(mode);
  if (kind === undefined || kind === 'socket') return undefined;
  const first = kind === 'directory' ? undefined : firstName(stats, path);
  const device = kind === 'character' || kind === 'block' ? deviceParts(stats.rdev) : { major: 0, minor: 0 };
  return {
    path,
    kind: first === undefined ? kind : 'hardlink',
    mode: mode & 0o7777,
    uid: idInside(idMap, Number(stats.uid)) ?? OVERFLOW,
    gid: idInside(idMap, Number(stats.gid)) ?? OVERFLOW,
    size: kind === 'file' && first === undefined ? Number(stats.size) : 0,
    mtime: stats.mtimeNs,
    link: first ?? (kind === 'symlink' ? decodeName(readlinkSync(place, { encoding: 'buffer' })) : ''),
    deviceMajor: device.major,
    deviceMinor: device.minor,
    xattrs: first === undefined ? xattrsOf(place, idMap) : new Map(),
  };
}

function xattrsOf(place: Buffer, idMap: IdMap): Map<string, Uint8Array> {
  const xattrs = new Map<string, Uint8Array>();
  for (const [latin1, value] of readXattrs(place)) {
    const name = decodeName(Buffer.from(latin1, 'latin1'));
    if (!name.startsWith('trusted.') && !isHostLabel(name)) xattrs.set(name, value);
  }
  shiftXattrs(xattrs, { uid: idMap, gid: idMap });
  return xattrs;
}

/** Opens the very file that `stats` are of, and nothing that may have come in its place. */
function openSame(place: Buffer, path: string, stats: BigIntStats): number {
  const isSame = ({ dev, ino }: BigIntStats): boolean => dev === stats.dev && ino === stats.ino;
  return openRegular(openSync(place, O_PATH | O_NOFOLLOW), isSame) ?? changed(path);
}

/** As many bytes as the file had: what is added meanwhile is left out, what is taken away is a hole. */
async function* pieces(
  descriptor: number,
  size: number,
  breathe: ReturnType<typeof createBreather>,
): AsyncGenerator<Piece, void> {
  const buffer = Buffer.alloc(Math.min(CHUNK, size));
  for (let at = 0; at < size;) {
    const data = nextData(descriptor, at, size);
    if (data === undefined) return;
    for (at = data.begin; at < data.end;) {
      const length = readSync(descriptor, buffer, 0, Math.min(buffer.length, data.end - at), at);
      if (length === 0) return;
      yield { offset: at, bytes: buffer.subarray(0, length) };
      at += length;
      const pause = breathe(length);
      if (pause !== undefined) await pause;
    }
  }
}

async function attempt(
  path: string,
  step: () => Promise<void>,
  onLoss?: (path: string, what: Loss) => void,
): Promise<void> {
  try {
    await step();
  } catch (thrown) {
    const read = isAboutReading(thrown);
    const code = errnoOf(thrown);
    if (!read || code === undefined) throw thrown;
    if (code === 'ENOENT' && onLoss !== undefined) {
      onLoss(path, 'vanished');
      return;
    }
    if (code === 'ELOOP' || code === 'ENOTDIR') changed(path);
    fail('E_UNREADABLE', `reading ${shown(path)}: ${code}`, { cause: thrown });
  }
}

/** What a sink throws has its own words. */
function isAboutReading(thrown: unknown): boolean {
  return thrown instanceof SystemCallError || (thrown instanceof Error && 'syscall' in thrown);
}

export function errnoOf(thrown: unknown): string | undefined {
  if (thrown instanceof SystemCallError) return thrown.errno;
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string'
    ? thrown.code
    : undefined;
}

/** A file of the kernel's whose size says nothing of its bytes. Of those without a size none is read: some wait for events. */
function isMadeUp(descriptor: number, size: number): boolean {
  if (!isKernelsOwn(`/proc/self/fd/${String(descriptor)}`)) return false;
  const byte = Buffer.alloc(1);
  const isThere = (at: number): boolean => readSync(descriptor, byte, 0, 1, at) === 1;
  return size === 0 || !isThere(size - 1) || isThere(size);
}

function changed(path: string): never {
  return fail('E_UNREADABLE', `reading ${shown(path)}: it became something else meanwhile`, {
    hint: 'pause the container first',
  });
}

function shown(path: string): string {
  return path === '' ? 'the source' : path;
}
