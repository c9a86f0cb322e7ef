import { decodeName } from '../../model/name.js';
import { parseDecimal, parseTime } from './decimal.js';
import { PAX, type PaxRecords } from './pax-records.js';
import { createSparseRecords, readSparseRecord } from './pax-sparse.js';
import {
  damaged,
  isWord,
  place,
  refuseNul,
  shownValue,
  valueOf,
  type PaxContext,
  type PaxRecord,
} from './pax-value.js';

const XATTR = 'SCHILY.xattr.';
const SPARSE = 'GNU.sparse.';

/**
 * Reads every record of an extended header's body into `records`; the last of equal keys counts. Throws E_TAR when
 * the records cannot be told apart or a name in them holds a NUL, E_LIMIT for too many sparse fragments.
 */
export function readPaxRecords(records: PaxRecords, body: Uint8Array, context: PaxContext): void {
  const record: PaxRecord = { body, context, key: 0, value: 0, end: 0 };
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
    record.key = i + 1;
    record.value = equals + 1;
    record.end = end - 1;
    readRecord(records, record);
    at = end;
  }
}

function readRecord(records: PaxRecords, record: PaxRecord): void {
  const { body, key } = record;
  const length = record.value - 1 - key;
  switch (length) {
    case 3:
      if (isWord(body, key, 'uid')) readOwner(records, PAX.uid, record);
      else if (isWord(body, key, 'gid')) readOwner(records, PAX.gid, record);
      return;
    case 4:
      if (isWord(body, key, 'path')) readText(records, PAX.path, record);
      else if (isWord(body, key, 'size')) readSize(records, record);
      return;
    case 5:
      if (isWord(body, key, 'mtime')) readMtime(records, record);
      else if (isWord(body, key, 'uname') || isWord(body, key, 'gname')) refuseNul(record);
      return;
    case 8:
      if (isWord(body, key, 'linkpath')) readText(records, PAX.linkPath, record);
      return;
    case 10:
      if (isWord(body, key, 'hdrcharset')) readCharset(record);
      return;
    default:
      if (length > XATTR.length && isWord(body, key, XATTR)) readXattr(records, record);
      else if (length > SPARSE.length && isWord(body, key, SPARSE)) readSparse(records, record);
  }
}

/** Notes that the record is there; returns whether it has a value. */
function mark(records: PaxRecords, bit: number, { value, end, context }: PaxRecord): boolean {
  if (((records.given | records.emptied) & bit) !== 0)
    context.anomalies.add('pax-duplicate-record', place(context));
  if (value === end) {
    records.emptied |= bit;
    records.given &= ~bit;
  } else {
    records.given |= bit;
    records.emptied &= ~bit;
  }
  return value < end;
}

function readText(records: PaxRecords, bit: number, record: PaxRecord): void {
  refuseNul(record);
  if (!mark(records, bit, record)) return;
  if (bit === PAX.path) records.path = valueOf(record);
  else records.linkPath = valueOf(record);
}

function readSize(records: PaxRecords, record: PaxRecord): void {
  const { body, value, end, context } = record;
  if (context.global) {
    context.anomalies.add('pax-global-path', place(context), 'a size, ignored');
    return;
  }
  if (!mark(records, PAX.size, record)) return;
  const size = parseDecimal(body, value, end);
  if (!(size >= 0)) return damaged(context, `the size '${shownValue(record)}' is not one`);
  if (body[value] === 0x2b)
    context.anomalies.add('pax-record-invalid', place(context), 'the size has a plus sign');
  records.size = size;
}

function readOwner(records: PaxRecords, bit: number, record: PaxRecord): void {
  const { body, value, end, context } = record;
  if (value < end) {
    const id = parseDecimal(body, value, end);
    if (!(id >= 0 && id <= 0xffffffff)) {
      context.anomalies.add('tar-number-invalid', place(context), `owner '${shownValue(record)}'`);
      return;
    }
    if (bit === PAX.uid) records.uid = id;
    else records.gid = id;
  }
  mark(records, bit, record);
}

function readMtime(records: PaxRecords, record: PaxRecord): void {
  const { body, value, end, context } = record;
  if (value < end) {
    const time = parseTime(body, value, end);
    if (time === undefined) {
      // A number with rubbish in it is a damaged header; a word (`nan`) is only a writer's mistake.
      if (!context.global && body[value] >= 0x30 && body[value] <= 0x39 && hasOther(body, value, end))
        return damaged(context, `the mtime '${shownValue(record)}' is not a time`);
      context.anomalies.add('tar-number-invalid', place(context), `mtime '${shownValue(record)}'`);
      return;
    }
    records.mtimeSeconds = time.seconds;
    records.mtimeNanoseconds = time.nanoseconds;
  }
  mark(records, PAX.mtime, record);
}

function readCharset(record: PaxRecord): void {
  const charset = shownValue(record);
  const { anomalies } = record.context;
  // Names are bytes to us whatever they claim to be; only the two POSIX values are worth no word.
  if (charset !== 'BINARY' && charset !== 'ISO-IR 10646 2000 UTF-8' && charset !== '')
    anomalies.add('pax-charset', place(record.context), charset);
}

function readXattr(records: PaxRecords, record: PaxRecord): void {
  const { body, key, value, context } = record;
  const name = decodeName(body.subarray(key + XATTR.length, value - 1));
  records.xattrs ??= new Map();
  if (records.xattrs.has(name))
    context.anomalies.add('pax-duplicate-record', place(context), name.slice(0, 255));
  records.xattrs.set(name, new Uint8Array(valueOf(record)));
}

function readSparse(records: PaxRecords, record: PaxRecord): void {
  const { context } = record;
  if (context.global) {
    context.anomalies.add('pax-global-path', place(context), 'GNU.sparse records, ignored');
    return;
  }
  records.sparse ??= createSparseRecords();
  readSparseRecord(records.sparse, record, record.key + SPARSE.length);
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
