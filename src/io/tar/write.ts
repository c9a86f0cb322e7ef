import { fail } from '../../model/error.js';
import { isUtf8Name, decodeName, encodeName } from '../../model/name.js';
import type { TarMemberKind } from '../../model/tar-member.js';
import { AT, BLOCK, LENGTH, paddingOf, TYPE } from './format.js';

/** A member to write. Names are raw bytes; a directory's name ends in '/' where the caller wants it so. */
export interface TarMemberInput {
  readonly kind: TarMemberKind;
  readonly name: Uint8Array;
  /** Lower twelve bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of content that follow the header; must be 0 for everything but files. */
  readonly size: number;
  readonly mtimeSeconds: number;
  /** 0 to 999,999,999; counts forward, also before 1970. */
  readonly mtimeNanoseconds: number;
  /** Target of a symbolic or hard link. */
  readonly linkName?: Uint8Array;
  readonly deviceMajor?: number;
  readonly deviceMinor?: number;
  readonly xattrs?: ReadonlyMap<string, Uint8Array> | undefined;
}

const TYPE_FLAG: Readonly<Record<TarMemberKind, number>> = {
  file: TYPE.regular,
  hardlink: TYPE.hardlink,
  symlink: TYPE.symlink,
  character: TYPE.character,
  block: TYPE.block,
  directory: TYPE.directory,
  fifo: TYPE.fifo,
};

const ZEROS = new Uint8Array(BLOCK);
const SLASH = 0x2f;
const encoder = new TextEncoder();
const USTAR = encoder.encode('ustar\u000000');

/** The end-of-archive marker: two zero blocks. */
export const TAR_END: Uint8Array = new Uint8Array(2 * BLOCK);

/** Returns the zero bytes that follow `size` bytes of content. */
export function tarPadding(size: number): Uint8Array {
  return ZEROS.subarray(0, paddingOf(size));
}

/**
 * Returns the header blocks of one member: POSIX ustar, with a PAX extended header before it where ustar cannot say it
 * (long names, sub-second or negative times, large numbers, xattrs). Same input, same bytes. Read the same by GNU tar,
 * Go archive/tar, bsdtar and Python's tarfile. Throws E_TAR for what no tar can hold: an empty name, a NUL in a name,
 * an xattr name with '=', numbers out of range.
 */
export function tarHeader(member: TarMemberInput): Uint8Array {
  checkInput(member);
  const block = new Uint8Array(BLOCK);
  const records: [key: string, value: Uint8Array][] = [];
  const link = member.linkName ?? ZEROS.subarray(0, 0);
  const place = placeName(block, member.name);
  const linkFits = link.length <= LENGTH.name;
  block.set(link.subarray(0, LENGTH.name), AT.linkName);
  // Names in a PAX header are UTF-8 (POSIX) unless it says otherwise; ustar fields are bytes as they are.
  const text = (place === 'fits' || isUtf8(member.name)) && (linkFits || isUtf8(link));
  if (!text) records.push(['hdrcharset', encoder.encode('BINARY')]);
  if (place === 'cut' || needsUtf8Record(member.name)) records.push(['path', member.name]);
  if (!linkFits || needsUtf8Record(link)) records.push(['linkpath', link]);

  putOctal(block, AT.mode, LENGTH.id, member.mode);
  number(block, AT.uid, LENGTH.id, member.uid, 'uid', records);
  number(block, AT.gid, LENGTH.id, member.gid, 'gid', records);
  number(block, AT.size, LENGTH.number, member.size, 'size', records);
  time(block, member, records);
  block[AT.typeflag] = TYPE_FLAG[member.kind];
  block.set(USTAR, AT.magic);
  putOctal(block, AT.deviceMajor, LENGTH.id, member.deviceMajor ?? 0);
  putOctal(block, AT.deviceMinor, LENGTH.id, member.deviceMinor ?? 0);
  putChecksum(block);
  xattrRecords(member, records);
  return records.length === 0 ? block : withRecords(records, block);
}

function checkInput(member: TarMemberInput): void {
  const refuse = (why: string): never =>
    fail('E_TAR', `writing '${decodeName(member.name)}' to a tar: ${why}`);
  if (member.name.length === 0) refuse('its name is empty');
  if (member.name.includes(0)) refuse('its name holds a NUL byte');
  if (member.linkName?.includes(0) === true) refuse('its link target holds a NUL byte');
  if (member.size !== 0 && member.kind !== 'file') refuse('only a file has a size');
  for (const value of [member.size, member.uid, member.gid])
    if (!Number.isSafeInteger(value) || value < 0) refuse(`${value} is not a size or an owner`);
  const { mtimeSeconds, mtimeNanoseconds } = member;
  if (!Number.isSafeInteger(mtimeSeconds)) refuse(`${mtimeSeconds} is not a time`);
  if (!Number.isInteger(mtimeNanoseconds) || mtimeNanoseconds < 0 || mtimeNanoseconds > 999_999_999)
    refuse(`${mtimeNanoseconds} is not a number of nanoseconds`);
  for (const value of [member.mode, member.deviceMajor ?? 0, member.deviceMinor ?? 0])
    if (!Number.isInteger(value) || value < 0 || value > LARGEST_ID)
      refuse(`${value} is not a mode or a device`);
  for (const name of member.xattrs?.keys() ?? [])
    if (name === '' || name.includes('=') || name.includes('\0'))
      refuse(`its xattr name '${name}' is not one`);
}

/** What seven octal digits hold. */
const LARGEST_ID = 0o7777777;

/** Puts the name into its field, with its directory as prefix where that helps; `cut` when it does not fit. */
function placeName(block: Uint8Array, name: Uint8Array): 'fits' | 'cut' {
  if (name.length <= LENGTH.name) {
    block.set(name, AT.name);
    return 'fits';
  }
  // The slash between prefix and name is not stored; neither part may be empty.
  for (let slash = Math.max(1, name.length - LENGTH.name - 1); slash <= LENGTH.prefix; slash++) {
    if (slash >= name.length - 1) break;
    if (name[slash] !== SLASH) continue;
    block.set(name.subarray(0, slash), AT.prefix);
    block.set(name.subarray(slash + 1), AT.name);
    return 'fits';
  }
  // For readers without PAX. A file's name must not seem to end in a slash: they would make a directory of it.
  let end: number = LENGTH.name;
  while (end > 1 && name[end - 1] === SLASH) end--;
  block.set(name.subarray(0, end), AT.name);
  return 'cut';
}

/** Valid UTF-8 beyond ASCII is also said in PAX, where its encoding is known to readers with another locale. */
function needsUtf8Record(name: Uint8Array): boolean {
  for (let i = 0; i < name.length; i++) if (name[i] >= 0x80) return isUtf8(name);
  return false;
}

function isUtf8(name: Uint8Array): boolean {
  return isUtf8Name(decodeName(name));
}

function number(
  block: Uint8Array,
  at: number,
  length: number,
  value: number,
  key: string,
  records: [string, Uint8Array][],
): void {
  const fits = value < 8 ** (length - 1);
  putOctal(block, at, length, fits ? value : 0);
  if (!fits) records.push([key, encoder.encode(String(value))]);
}

function time(block: Uint8Array, member: TarMemberInput, records: [string, Uint8Array][]): void {
  const { mtimeSeconds, mtimeNanoseconds } = member;
  const fits = mtimeSeconds >= 0 && mtimeSeconds < 8 ** (LENGTH.number - 1);
  putOctal(block, AT.mtime, LENGTH.number, fits ? mtimeSeconds : 0);
  if (!fits || mtimeNanoseconds !== 0)
    records.push(['mtime', encoder.encode(timeText(mtimeSeconds, mtimeNanoseconds))]);
}

/** Decimal seconds; before 1970 the fraction counts backward: -2 s + 750,000,000 ns is `-1.25`. */
function timeText(seconds: number, nanoseconds: number): string {
  if (nanoseconds === 0) return String(seconds);
  const backward = seconds < 0;
  const whole = backward ? -(seconds + 1) : seconds;
  const fraction = String(backward ? 1_000_000_000 - nanoseconds : nanoseconds).padStart(9, '0');
  return `${backward ? '-' : ''}${whole}.${fraction.replace(/0+$/, '')}`;
}

function putOctal(block: Uint8Array, at: number, length: number, value: number): void {
  // Digit by digit: an encoder call per field is what most of a header would cost.
  for (let i = at + length - 2, rest = value; i >= at; i--, rest = Math.floor(rest / 8))
    block[i] = 0x30 + (rest % 8);
}

function putChecksum(block: Uint8Array): void {
  let sum = LENGTH.id * 0x20;
  for (let i = 0; i < BLOCK; i++) sum += block[i];
  putOctal(block, AT.checksum, LENGTH.id - 1, sum);
  block[AT.checksum + LENGTH.id - 1] = 0x20;
}

function xattrRecords(member: TarMemberInput, records: [string, Uint8Array][]): void {
  const names = [...(member.xattrs?.keys() ?? [])].sort();
  for (const name of names) {
    const value = member.xattrs?.get(name);
    if (value !== undefined) records.push([`SCHILY.xattr.${name}`, value]);
  }
}

function withRecords(records: readonly [string, Uint8Array][], block: Uint8Array): Uint8Array {
  const encoded = records.map(([key, value]) => encodeRecord(encodeName(key), value));
  const size = encoded.reduce((sum, record) => sum + record.length, 0);
  const out = new Uint8Array(BLOCK + size + paddingOf(size) + BLOCK);
  const header = out.subarray(0, BLOCK);
  header.set(encoder.encode('././@PaxHeader'), AT.name);
  putOctal(header, AT.mode, LENGTH.id, 0o644);
  putOctal(header, AT.uid, LENGTH.id, 0);
  putOctal(header, AT.gid, LENGTH.id, 0);
  putOctal(header, AT.size, LENGTH.number, size);
  putOctal(header, AT.mtime, LENGTH.number, 0);
  header[AT.typeflag] = TYPE.pax;
  header.set(USTAR, AT.magic);
  putChecksum(header);
  let at = BLOCK;
  for (const record of encoded) {
    out.set(record, at);
    at += record.length;
  }
  out.set(block, out.length - BLOCK);
  return out;
}

/** `length key=value\n`, where the length counts its own digits. */
function encodeRecord(key: Uint8Array, value: Uint8Array): Uint8Array {
  const rest = key.length + value.length + 3;
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length = rest + String(length).length;
  const record = new Uint8Array(length);
  const digits = encoder.encode(`${length} `);
  record.set(digits);
  record.set(key, digits.length);
  record[digits.length + key.length] = 0x3d;
  record.set(value, digits.length + key.length + 1);
  record[length - 1] = 0x0a;
  return record;
}
