import type { AnomalyLog } from '../../model/anomaly.js';
import { fail } from '../../model/error.js';
import type { Limits } from '../../model/limits.js';
import { decodeName } from '../../model/name.js';
import { parseDecimal, parseTime } from './decimal.js';

/** The records that change a member's fields, as bits of {@link PaxRecords.given} and {@link PaxRecords.emptied}. */
export const PAX = { path: 1, linkPath: 2, size: 4, uid: 8, gid: 16, mtime: 32 } as const;

/** What one extended header (POSIX pax, "pax Extended Header") says. Byte arrays are views on its body. */
export interface PaxRecords {
  /** Bits of {@link PAX} that have a value. */
  given: number;
  /** Bits of {@link PAX} with an empty value, which takes back a global one. */
  emptied: number;
  path: Uint8Array;
  linkPath: Uint8Array;
  size: number;
  uid: number;
  gid: number;
  mtimeSeconds: number;
  mtimeNanoseconds: number;
  /** SCHILY.xattr.*, values copied; an empty value takes back a global one. */
  xattrs: Map<string, Uint8Array> | undefined;
  /** GNU.sparse.*; undefined when there is none. */
  sparse: SparseRecords | undefined;
}

/** The GNU.sparse.* records of PAX sparse formats 0.0, 0.1 and 1.0 (GNU tar manual, "Storing Sparse Files"). */
export interface SparseRecords {
  major: string;
  minor: string;
  name: Uint8Array | undefined;
  /** Bytes of `GNU.sparse.size`, else of `GNU.sparse.realsize`. */
  size: Uint8Array | undefined;
  realSize: Uint8Array | undefined;
  blocks: Uint8Array | undefined;
  /** `GNU.sparse.map` of 0.1. */
  map: Uint8Array | undefined;
  /** Alternating `GNU.sparse.offset` and `GNU.sparse.numbytes` of 0.0. */
  pairs: number[];
}

/** Where the records come from and what they may cost. */
export interface PaxContext {
  /** Where the header block of the extension begins in the tar. */
  readonly offset: number;
  /** A global header: what lays out one member's body is not taken from it. */
  readonly global: boolean;
  readonly limits: Limits;
  readonly anomalies: AnomalyLog;
}

const NOTHING = new Uint8Array(0);

export function createPaxRecords(): PaxRecords {
  return {
    given: 0,
    emptied: 0,
    path: NOTHING,
    linkPath: NOTHING,
    size: 0,
    uid: 0,
    gid: 0,
    mtimeSeconds: 0,
    mtimeNanoseconds: 0,
    xattrs: undefined,
    sparse: undefined,
  };
}

/** Forgets what an earlier header said, so that the object can be used again. */
export function clearPaxRecords(records: PaxRecords): void {
  records.given = 0;
  records.emptied = 0;
  records.xattrs = undefined;
  records.sparse = undefined;
}

/**
 * Reads every record of an extended header's body into `records`; the last of equal keys counts. Throws E_TAR when
 * the records cannot be told apart or a name in them holds a NUL, E_LIMIT for too many sparse fragments.
 */
export function readPaxRecords(records: PaxRecords, body: Uint8Array, context: PaxContext): void {
  for (let at = 0; at < body.length;) {
    let length = 0;
    let i = at;
    for (; i < body.length; i++) {
      const digit = body[i] - 0x30;
      if (digit < 0 || digit > 9) break;
      length = length * 10 + digit;
      if (length > body.length) break;
    }
    if (i === at && onlyNul(body, at)) {
      context.anomalies.add('pax-record-invalid', place(context), 'the records end with NUL bytes');
      return;
    }
    const end = at + length;
    if (i === at || body[i] !== 0x20 || end > body.length || i + 1 >= end || body[end - 1] !== 0x0a)
      return damaged(context, `the record at byte ${at} of its body has no valid length`);
    let equals = i + 1;
    while (equals < end && body[equals] !== 0x3d) {
      if (body[equals] === 0) return damaged(context, 'a key holds a NUL byte');
      equals++;
    }
    if (equals >= end - 1) return damaged(context, 'a record has no "="');
    if (equals === i + 1) return damaged(context, 'a record has no key');
    readRecord(records, body, i + 1, equals, end - 1, context);
    at = end;
  }
}

function readRecord(
  records: PaxRecords,
  body: Uint8Array,
  key: number,
  equals: number,
  end: number,
  context: PaxContext,
): void {
  const value = equals + 1;
  switch (equals - key) {
    case 3:
      if (is(body, key, 'uid')) readOwner(records, PAX.uid, body, value, end, context);
      else if (is(body, key, 'gid')) readOwner(records, PAX.gid, body, value, end, context);
      return;
    case 4:
      if (is(body, key, 'path')) readText(records, PAX.path, body, value, end, context);
      else if (is(body, key, 'size')) readSize(records, body, value, end, context);
      return;
    case 5:
      if (is(body, key, 'mtime')) readMtime(records, body, value, end, context);
      else if (is(body, key, 'uname') || is(body, key, 'gname')) refuseNul(body, value, end, context);
      return;
    case 8:
      if (is(body, key, 'linkpath')) readText(records, PAX.linkPath, body, value, end, context);
      return;
    case 10:
      if (is(body, key, 'hdrcharset')) readCharset(body, value, end, context);
      return;
    default:
      if (equals - key > 13 && is(body, key, 'SCHILY.xattr.'))
        readXattr(records, body, key + 13, equals, end, context);
      else if (equals - key > 11 && is(body, key, 'GNU.sparse.'))
        readSparse(records, body, key + 11, equals, end, context);
  }
}

/** Notes that the record is there; returns whether it has a value. */
function mark(records: PaxRecords, bit: number, empty: boolean, context: PaxContext): boolean {
  if (((records.given | records.emptied) & bit) !== 0)
    context.anomalies.add('pax-duplicate-record', place(context));
  if (empty) {
    records.emptied |= bit;
    records.given &= ~bit;
  } else {
    records.given |= bit;
    records.emptied &= ~bit;
  }
  return !empty;
}

function readText(
  records: PaxRecords,
  bit: number,
  body: Uint8Array,
  start: number,
  end: number,
  context: PaxContext,
): void {
  refuseNul(body, start, end, context);
  if (!mark(records, bit, start === end, context)) return;
  if (bit === PAX.path) records.path = body.subarray(start, end);
  else records.linkPath = body.subarray(start, end);
}

function readSize(
  records: PaxRecords,
  body: Uint8Array,
  start: number,
  end: number,
  context: PaxContext,
): void {
  if (context.global) {
    context.anomalies.add('pax-global-path', place(context), 'a size, ignored');
    return;
  }
  if (!mark(records, PAX.size, start === end, context)) return;
  const size = parseDecimal(body, start, end);
  if (!(size >= 0)) return damaged(context, `the size '${shown(body, start, end)}' is not one`);
  if (body[start] === 0x2b)
    context.anomalies.add('pax-record-invalid', place(context), 'the size has a plus sign');
  records.size = size;
}

function readOwner(
  records: PaxRecords,
  bit: number,
  body: Uint8Array,
  start: number,
  end: number,
  context: PaxContext,
): void {
  if (start === end) {
    mark(records, bit, true, context);
    return;
  }
  const id = parseDecimal(body, start, end);
  if (!(id >= 0 && id <= 0xffffffff)) {
    context.anomalies.add('tar-number-invalid', place(context), `owner '${shown(body, start, end)}'`);
    return;
  }
  mark(records, bit, false, context);
  if (bit === PAX.uid) records.uid = id;
  else records.gid = id;
}

function readMtime(
  records: PaxRecords,
  body: Uint8Array,
  start: number,
  end: number,
  context: PaxContext,
): void {
  if (start === end) {
    mark(records, PAX.mtime, true, context);
    return;
  }
  const time = parseTime(body, start, end);
  if (time === undefined) {
    // A number with rubbish in it is a damaged header; a word (`nan`) is only a writer's mistake.
    if (!context.global && body[start] >= 0x30 && body[start] <= 0x39 && hasOther(body, start, end))
      return damaged(context, `the mtime '${shown(body, start, end)}' is not a time`);
    context.anomalies.add('tar-number-invalid', place(context), `mtime '${shown(body, start, end)}'`);
    return;
  }
  mark(records, PAX.mtime, false, context);
  records.mtimeSeconds = time.seconds;
  records.mtimeNanoseconds = time.nanoseconds;
}

function readCharset(body: Uint8Array, start: number, end: number, context: PaxContext): void {
  const charset = shown(body, start, end);
  // Names are bytes to us whatever they claim to be; only the two POSIX values are worth no word.
  if (charset !== 'BINARY' && charset !== 'ISO-IR 10646 2000 UTF-8' && charset !== '')
    context.anomalies.add('pax-charset', place(context), charset);
}

function readXattr(
  records: PaxRecords,
  body: Uint8Array,
  start: number,
  equals: number,
  end: number,
  context: PaxContext,
): void {
  const name = decodeName(body.subarray(start, equals));
  records.xattrs ??= new Map();
  if (records.xattrs.has(name))
    context.anomalies.add('pax-duplicate-record', place(context), name.slice(0, 255));
  records.xattrs.set(name, new Uint8Array(body.subarray(equals + 1, end)));
}

function readSparse(
  records: PaxRecords,
  body: Uint8Array,
  start: number,
  equals: number,
  end: number,
  context: PaxContext,
): void {
  if (context.global) {
    context.anomalies.add('pax-global-path', place(context), 'GNU.sparse records, ignored');
    return;
  }
  const sparse = (records.sparse ??= {
    major: '',
    minor: '',
    name: undefined,
    size: undefined,
    realSize: undefined,
    blocks: undefined,
    map: undefined,
    pairs: [],
  });
  const value = body.subarray(equals + 1, end);
  switch (shown(body, start, equals)) {
    case 'major':
      sparse.major = shown(value, 0, value.length);
      return;
    case 'minor':
      sparse.minor = shown(value, 0, value.length);
      return;
    case 'name':
      refuseNul(body, equals + 1, end, context);
      sparse.name = value;
      return;
    case 'size':
      sparse.size = value;
      return;
    case 'realsize':
      sparse.realSize = value;
      return;
    case 'numblocks':
      sparse.blocks = value;
      return;
    case 'map':
      sparse.map = value;
      return;
    case 'offset':
    case 'numbytes': {
      const wanted = sparse.pairs.length % 2 === 0 ? 'offset' : 'numbytes';
      if (!is(body, start, wanted)) return damaged(context, 'sparse offsets and lengths do not alternate');
      if (sparse.pairs.length >= 2 * context.limits.sparseFragments)
        return fail(
          'E_LIMIT',
          `reading the extended header at byte ${context.offset}: more than ${context.limits.sparseFragments} sparse fragments`,
        );
      sparse.pairs.push(parseDecimal(value, 0, value.length));
    }
  }
}

function refuseNul(body: Uint8Array, start: number, end: number, context: PaxContext): void {
  for (let i = start; i < end; i++) if (body[i] === 0) return damaged(context, 'a name holds a NUL byte');
}

function is(body: Uint8Array, at: number, word: string): boolean {
  for (let i = 0; i < word.length; i++) if (body[at + i] !== word.charCodeAt(i)) return false;
  return true;
}

function onlyNul(body: Uint8Array, at: number): boolean {
  for (let i = at; i < body.length; i++) if (body[i] !== 0) return false;
  return true;
}

/** True when a byte cannot be part of a decimal number. */
function hasOther(body: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if ((body[i] < 0x30 || body[i] > 0x39) && body[i] !== 0x2e) return true;
  return false;
}

/** The first bytes of a key or value, for a switch or a message. */
function shown(body: Uint8Array, start: number, end: number): string {
  return decodeName(body.subarray(start, Math.min(end, start + 60)));
}

function place(context: PaxContext): string {
  return `byte ${context.offset}`;
}

function damaged(context: PaxContext, why: string): never {
  return fail('E_TAR', `reading the extended header at byte ${context.offset}: ${why}`);
}
