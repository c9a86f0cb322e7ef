import type { AnomalyLog } from '../../model/anomaly.js';
import { decodeName } from '../../model/name.js';
import type { TarMember, TarMemberKind } from '../../model/tar-member.js';
import { AT, endOfText, formatOf, LENGTH, parseNumber, parseOctal, TYPE, type TarFormat } from './format.js';

const NOTHING = new Uint8Array(0);
const SLASH = 0x2f;

/** Returns a member for {@link readHeader} to fill. */
export function createMember(): TarMember {
  return {
    kind: 'file',
    name: NOTHING,
    typeflag: 0,
    mode: 0,
    uid: 0,
    gid: 0,
    size: 0,
    storedSize: 0,
    mtimeSeconds: 0,
    mtimeNanoseconds: 0,
    linkName: NOTHING,
    deviceMajor: 0,
    deviceMinor: 0,
    xattrs: undefined,
    sparse: undefined,
    headerOffset: 0,
    dataOffset: 0,
  };
}

/** Returns the member's name for the log, of which hostile input cannot make more than a path's length. */
export function whereOf(member: TarMember): string {
  return decodeName(member.name.length > SHOWN ? member.name.subarray(0, SHOWN) : member.name);
}

const SHOWN = 4096;

/** Returns what a type flag says a member is; undefined for the flags no format defines. */
export function kindOf(typeflag: number): TarMemberKind | undefined {
  switch (typeflag) {
    case TYPE.regularV7:
    case TYPE.regular:
    case TYPE.contiguous:
    case TYPE.gnuSparse:
      return 'file';
    case TYPE.directory:
    case TYPE.gnuDumpDirectory:
      return 'directory';
    case TYPE.symlink:
      return 'symlink';
    case TYPE.hardlink:
      return 'hardlink';
    case TYPE.character:
      return 'character';
    case TYPE.block:
      return 'block';
    case TYPE.fifo:
      return 'fifo';
    default:
      return undefined;
  }
}

/**
 * Fills `member` with what the header block at `at` alone says, without its sizes and kind; returns its size field,
 * NaN when that is no number. `scratch` (256 bytes) holds the name when it has a prefix.
 */
export function readHeader(
  member: TarMember,
  block: Uint8Array,
  at: number,
  scratch: Uint8Array,
  anomalies: AnomalyLog,
): number {
  const typeflag = block[at + AT.typeflag];
  const format = formatOf(block, at);
  member.typeflag = typeflag;
  member.name = readName(block, at, format, scratch);
  member.linkName =
    (typeflag === TYPE.hardlink || typeflag === TYPE.symlink) && block[at + AT.linkName] !== 0
      ? block.subarray(at + AT.linkName, endOfText(block, at + AT.linkName, LENGTH.name))
      : NOTHING;
  member.mode = readMode(member, parseOctal(block, at + AT.mode, LENGTH.id), anomalies);
  member.uid = readOwner(member, 'uid', parseNumber(block, at + AT.uid, LENGTH.id), anomalies);
  member.gid = readOwner(member, 'gid', parseNumber(block, at + AT.gid, LENGTH.id), anomalies);
  const mtime = parseNumber(block, at + AT.mtime, LENGTH.number);
  member.mtimeSeconds = mtime === mtime ? mtime : zero(member, 'mtime', anomalies);
  member.mtimeNanoseconds = 0;
  const device = typeflag === TYPE.character || typeflag === TYPE.block;
  member.deviceMajor =
    device && format !== 'v7' ? readDevice(member, block, at + AT.deviceMajor, anomalies) : 0;
  member.deviceMinor =
    device && format !== 'v7' ? readDevice(member, block, at + AT.deviceMinor, anomalies) : 0;
  member.xattrs = undefined;
  member.sparse = undefined;
  return parseNumber(block, at + AT.size, LENGTH.number);
}

function readName(block: Uint8Array, at: number, format: TarFormat, scratch: Uint8Array): Uint8Array {
  const end = endOfText(block, at, LENGTH.name);
  const prefix = at + AT.prefix;
  // The first byte tells for nearly every member; `v7` and old GNU have other things there.
  if (block[prefix] === 0 || format === 'v7' || (format === 'gnu' && !isGoPrefix(block, at)))
    return block.subarray(at, end);
  const length = endOfText(block, prefix, format === 'star' ? LENGTH.starPrefix : LENGTH.prefix) - prefix;
  for (let i = 0; i < length; i++) scratch[i] = block[prefix + i];
  scratch[length] = SLASH;
  for (let i = at; i < end; i++) scratch[length + 1 + i - at] = block[i];
  return scratch.subarray(0, length + 1 + end - at);
}

/**
 * Go before 1.8 wrote a prefix into GNU headers, where atime and ctime are. Such a block is told by times that are not
 * numbers over a prefix that is ASCII, as Go itself does (golang.org/issue/12594).
 */
function isGoPrefix(block: Uint8Array, at: number): boolean {
  const atime = parseNumber(block, at + AT.gnuAtime, LENGTH.number);
  const ctime = block[at + AT.gnuCtime] === 0 ? 0 : parseNumber(block, at + AT.gnuCtime, LENGTH.number);
  if (!Number.isNaN(atime) && !Number.isNaN(ctime)) return false;
  const end = endOfText(block, at + AT.prefix, LENGTH.prefix);
  for (let i = at + AT.prefix; i < end; i++) if (block[i] >= 0x80) return false;
  return true;
}

/** File type bits that belong to the type flag: Go before 1.9 and the Docker engine wrote them, and they say nothing new. */
const TYPE_BITS = new Map<number, number>([
  [TYPE.regularV7, 0o100000],
  [TYPE.regular, 0o100000],
  [TYPE.contiguous, 0o100000],
  [TYPE.gnuSparse, 0o100000],
  [TYPE.hardlink, 0o100000],
  [TYPE.directory, 0o040000],
  [TYPE.symlink, 0o120000],
  [TYPE.character, 0o020000],
  [TYPE.block, 0o060000],
  [TYPE.fifo, 0o010000],
]);

function readMode(member: TarMember, mode: number, anomalies: AnomalyLog): number {
  if (mode !== mode) return zero(member, 'mode', anomalies);
  if (mode > 0o7777 && mode - (mode & 0o7777) !== TYPE_BITS.get(member.typeflag))
    anomalies.add('tar-mode-bits', whereOf(member), `0${mode.toString(8)}`);
  return mode & 0o7777;
}

function readOwner(member: TarMember, field: string, id: number, anomalies: AnomalyLog): number {
  return id >= 0 && id <= 0xffffffff ? id : zero(member, field, anomalies);
}

function readDevice(member: TarMember, block: Uint8Array, at: number, anomalies: AnomalyLog): number {
  const number = parseNumber(block, at, LENGTH.id);
  return number >= 0 && number <= 0xffffffff ? number : zero(member, 'device number', anomalies);
}

function zero(member: TarMember, field: string, anomalies: AnomalyLog): 0 {
  anomalies.add('tar-number-invalid', whereOf(member), field);
  return 0;
}
