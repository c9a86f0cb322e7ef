import { type BigIntStats, fstatSync, statfsSync, statSync } from 'node:fs';
import type { ByteRange } from '../model/byte-range.js';
import { derivedKey, readDerived, writeDerived } from './derived.js';
import { decodeJson, encodeJson, type Json } from './json.js';
import { isObject } from './ref.js';
import type { Store } from './store.js';

/*
 * No bytes are trusted unless they were hashed since their file last changed. Whether it changed is told by device,
 * inode, size, mtime and ctime together. Nobody can set ctime: the kernel stamps it with its clock at each change.
 *
 * Its clock ticks, though (4 ms are usual): a file that is changed twice within one tick has the same ctime after both.
 * If the bytes were hashed in between, the second change would never show ("racy git", Documentation/technical/
 * racy-git in git). So a file is only recorded when, before hashing began, its ctime was already older than the
 * coarsest tick: any change after that moment gets another ctime.
 *
 * What no stat can tell: a change through a shared memory mapping whose page was already dirty before, and a change
 * made while the file system was mounted elsewhere.
 */

/** Names one state of a byte range of a regular file. */
export interface FileIdentity {
  readonly range: ByteRange;
  /** Device, inode, size, mtime and ctime in ns, offset and length, as text. */
  readonly text: string;
  /** True when any change after the identity was taken gives the file another identity. */
  readonly settled: boolean;
}

/** Several times the coarsest tick of Linux (10 ms at HZ=100). */
const TICK = 100_000_000n;
const SECOND = 1_000_000_000n;

/**
 * File systems (statfs(2) f_type) whose ctime is stamped by this machine's kernel at each change. Not those of other
 * machines (NFS, 9p, FUSE), which may have another clock or cache attributes, nor those whose times are part of a
 * read-only image (squashfs, iso9660, EROFS): there, another image on the same device may have the same times.
 */
const STAMPED_BY_KERNEL: ReadonlySet<bigint> = new Set([
  0xef53n, // ext2, ext3, ext4
  0x58465342n, // xfs
  0x9123683en, // btrfs
  0xf2f52010n, // f2fs
  0xca451a4en, // bcachefs
  0x2fc12fc1n, // zfs
  0x01021994n, // tmpfs
  0x794c7630n, // overlayfs
]);

/**
 * Returns the identity the range has now, undefined when it has none that can be trusted later: not a regular file, a
 * spool file without a name, or a file system that does not keep ctime. To be taken before the bytes are hashed; with
 * the `descriptor` they are read through, it is the identity of exactly that file, whatever its path leads to meanwhile.
 */
export function identify(range: ByteRange, descriptor?: number): FileIdentity | undefined {
  if (range.path.startsWith('/proc/') || range.path.startsWith('/dev/')) return undefined;
  try {
    const now = BigInt(Date.now()) * 1_000_000n;
    const stats =
      descriptor === undefined
        ? statSync(range.path, { bigint: true })
        : fstatSync(descriptor, { bigint: true });
    if (!stats.isFile() || stats.nlink === 0n) return undefined;
    if (!STAMPED_BY_KERNEL.has(statfsSync(range.path, { bigint: true }).type)) return undefined;
    return { range, text: identityText(stats, range), settled: isSettled(stats.ctimeNs, now) };
  } catch {
    return undefined;
  }
}

/** Returns the JSON value remembered for this state of the range; undefined when there is none. Throws nothing. */
export async function recallSeen(store: Store, identity: FileIdentity): Promise<unknown> {
  const bytes = await readDerived(store, 'seen', derivedKey(identity.text));
  if (bytes === undefined) return undefined;
  const record = decodeJson(bytes);
  return isObject(record) && record.identity === identity.text ? record.value : undefined;
}

/**
 * Remembers what the bytes of the range were found to be, and returns whether it did: not when the file changed since
 * the identity was taken, or could have changed without showing it. Throws nothing.
 */
export async function rememberSeen(store: Store, identity: FileIdentity, value: Json): Promise<boolean> {
  if (!identity.settled) return false;
  if (identify(identity.range)?.text !== identity.text) return false;
  const bytes = encodeJson({ identity: identity.text, value });
  return writeDerived(store, 'seen', derivedKey(identity.text), [bytes]);
}

function identityText(stats: BigIntStats, range: ByteRange): string {
  const { dev, ino, size, mtimeNs, ctimeNs } = stats;
  return [dev, ino, size, mtimeNs, ctimeNs, range.offset, range.length].join(' ');
}

/** Exported for its property alone: `now` and `ctime` in nanoseconds since 1970. */
export function isSettled(ctimeNs: bigint, now: bigint): boolean {
  // A whole second is what file systems that keep no fractions give (ext4 with 128-byte inodes).
  const granularity = ctimeNs % SECOND === 0n ? 2n * SECOND : TICK;
  return ctimeNs + granularity < now;
}
