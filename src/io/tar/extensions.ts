import type { AnomalyLog } from '../../model/anomaly.js';
import { fail } from '../../model/error.js';
import { limitHint, type Limits } from '../../model/limits.js';
import type { TarMember } from '../../model/tar-member.js';
import { endOfText, TYPE } from './format.js';
import { whereOf } from './header.js';
import { clearPaxRecords, createPaxRecords, PAX, type PaxRecords } from './pax-records.js';
import { readPaxRecords } from './pax.js';

/**
 * Which readers to agree with where they differ. `engine`: Go's archive/tar, through which Docker, containerd, podman
 * and umoci read every layer: global PAX headers change nothing, a GNU long name beats a PAX path. `posix`: GNU tar,
 * bsdtar and Python: global records apply to all members after them, a PAX path beats a GNU long name.
 */
export type TarDialect = 'engine' | 'posix';

/** Whether a header of this type says something of the next member and is none itself. */
export function isExtension(typeflag: number): boolean {
  return (
    typeflag === TYPE.pax ||
    typeflag === TYPE.paxGlobal ||
    typeflag === TYPE.paxSolaris ||
    typeflag === TYPE.gnuLongName ||
    typeflag === TYPE.gnuLongLink
  );
}

/** What extension headers (PAX x and g, GNU L and K) have said for the next member. */
export interface Extensions {
  /** Begins an extension header of `size` bytes whose block is at `offset`. Throws E_TAR, E_LIMIT. */
  open(typeflag: number, size: number, offset: number): void;
  /** Adds the bytes [start, end) to its body. */
  add(bytes: Uint8Array, start: number, end: number): void;
  /** Reads its whole body. Throws E_TAR, E_LIMIT. */
  close(): void;
  /** Where the first extension header of the coming member begins; undefined when there is none. */
  firstAt(): number | undefined;
  /** The size that holds for the next member: the PAX one, else `stated`. */
  size(stated: number): number;
  /** Changes the member's fields and forgets what held for it alone. Returns the PAX records for the sparse ones. */
  apply(member: TarMember): PaxRecords | undefined;
  /** Says in the log that nothing followed what was pending. */
  drop(): void;
}

export function createExtensions(limits: Limits, anomalies: AnomalyLog, dialect: TarDialect): Extensions {
  const local = createPaxRecords();
  const global = createPaxRecords();
  let hasLocal = false;
  let hasGlobal = false;
  let globalBytes = 0;
  let longName: Uint8Array | undefined;
  let longLink: Uint8Array | undefined;
  let firstAt: number | undefined;
  /** The header whose body is being collected. */
  let typeflag = 0;
  let offset = 0;
  let filled = 0;
  /** PAX records are views on their body until the member comes; the others are copied out of theirs. */
  let paxBody = new Uint8Array(4096);
  let textBody = new Uint8Array(0);

  const isPax = (): boolean => typeflag === TYPE.pax || typeflag === TYPE.paxSolaris;
  const where = (): string => `byte ${offset}`;

  function takeGlobal(body: Uint8Array): void {
    globalBytes += body.length;
    if (globalBytes > limits.paxHeader)
      fail(
        'E_LIMIT',
        `reading the global header at byte ${offset}: more than ${limits.paxHeader} bytes of them`,
        { hint: limitHint('paxHeader') },
      );
    anomalies.add('pax-global-header', where());
    const before = { given: global.given, xattrs: global.xattrs?.size ?? 0 };
    // The records are views on the body, and a global one lives on: it needs a body of its own.
    readPaxRecords(global, new Uint8Array(body), { offset, global: true, limits, anomalies });
    const touched = global.given & ~before.given & (PAX.path | PAX.linkPath);
    if (touched !== 0 || (global.xattrs?.size ?? 0) > before.xattrs)
      anomalies.add('pax-global-path', where());
    hasGlobal = true;
  }

  function takeText(body: Uint8Array): Uint8Array {
    const end = endOfText(body, 0, body.length);
    for (let i = end; i < body.length; i++)
      if (body[i] !== 0) {
        anomalies.add('tar-nul-in-name', where());
        break;
      }
    return body.slice(0, end);
  }

  function replaced(): void {
    anomalies.add('tar-header-unused', where(), 'it replaces another one of its kind');
  }

  function forget(): void {
    hasLocal = false;
    longName = undefined;
    longLink = undefined;
    firstAt = undefined;
  }

  function applyLong(member: TarMember, isLink: boolean): void {
    if (longName !== undefined && longName.length > 0) {
      member.name = longName;
      if (hasLocal && (local.given & PAX.path) !== 0 && Buffer.compare(longName, local.path) !== 0)
        anomalies.add('tar-name-conflict', whereOf(member));
    }
    if (isLink && longLink !== undefined && longLink.length > 0) member.linkName = longLink;
  }

  return {
    firstAt: () => firstAt,

    open(flag, size, at) {
      if (!(size >= 0)) fail('E_TAR', `reading the extension header at byte ${at}: its size is not a number`);
      if (size > limits.paxHeader)
        fail(
          'E_LIMIT',
          `reading the extension header at byte ${at}: ${size} bytes, more than ${limits.paxHeader}`,
          { hint: limitHint('paxHeader') },
        );
      typeflag = flag;
      offset = at;
      filled = 0;
      // A global header belongs to no member.
      if (flag !== TYPE.paxGlobal) firstAt ??= at;
      if (isPax()) {
        if (paxBody.length < size) paxBody = new Uint8Array(size);
      } else if (textBody.length < size) textBody = new Uint8Array(size);
    },

    add(bytes, start, end) {
      (isPax() ? paxBody : textBody).set(bytes.subarray(start, end), filled);
      filled += end - start;
    },

    close() {
      const body = (isPax() ? paxBody : textBody).subarray(0, filled);
      if (typeflag === TYPE.paxGlobal) {
        takeGlobal(body);
      } else if (typeflag === TYPE.gnuLongName) {
        if (longName !== undefined) replaced();
        longName = takeText(body);
      } else if (typeflag === TYPE.gnuLongLink) {
        if (longLink !== undefined) replaced();
        longLink = takeText(body);
      } else {
        if (hasLocal) replaced();
        clearPaxRecords(local);
        readPaxRecords(local, body, { offset, global: false, limits, anomalies });
        hasLocal = true;
      }
    },

    size: (stated) => (hasLocal && (local.given & PAX.size) !== 0 ? local.size : stated),

    apply(member) {
      if (!hasLocal && longName === undefined && longLink === undefined && !hasGlobal) return undefined;
      const isLink = member.typeflag === TYPE.hardlink || member.typeflag === TYPE.symlink;
      const posix = dialect === 'posix';
      if (posix) applyLong(member, isLink);
      if (posix && hasGlobal) applyRecords(member, global, hasLocal ? ~local.emptied : -1, isLink);
      if (hasLocal) applyRecords(member, local, -1, isLink);
      if (!posix) applyLong(member, isLink);
      if (hasLocal) member.xattrs = mergeXattrs(posix ? global.xattrs : undefined, local.xattrs);
      else if (posix) member.xattrs = mergeXattrs(global.xattrs, undefined);
      const records = hasLocal ? local : undefined;
      forget();
      return records;
    },

    drop() {
      if (hasLocal || longName !== undefined || longLink !== undefined)
        anomalies.add('tar-header-unused', where(), 'no member follows');
      forget();
    },
  };
}

function applyRecords(member: TarMember, records: PaxRecords, mask: number, isLink: boolean): void {
  const given = records.given & mask;
  if ((given & PAX.path) !== 0) member.name = records.path;
  if ((given & PAX.linkPath) !== 0 && isLink) member.linkName = records.linkPath;
  if ((given & PAX.uid) !== 0) member.uid = records.uid;
  if ((given & PAX.gid) !== 0) member.gid = records.gid;
  if ((given & PAX.mtime) !== 0) {
    member.mtimeSeconds = records.mtimeSeconds;
    member.mtimeNanoseconds = records.mtimeNanoseconds;
  }
}

/** The xattrs that have a value; an empty local one takes back the global one, and on its own says nothing (as in Go). */
function mergeXattrs(
  global: ReadonlyMap<string, Uint8Array> | undefined,
  local: ReadonlyMap<string, Uint8Array> | undefined,
): ReadonlyMap<string, Uint8Array> | undefined {
  if (global === undefined && local === undefined) return undefined;
  const merged = new Map(global);
  if (local !== undefined) for (const [name, value] of local) merged.set(name, value);
  for (const [name, value] of merged) if (value.length === 0) merged.delete(name);
  return merged.size === 0 ? undefined : merged;
}
