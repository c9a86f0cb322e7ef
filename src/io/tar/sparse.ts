import { fail } from '../../model/error.js';
import { limitHint, type Limits } from '../../model/limits.js';
import { parseDecimal } from './decimal.js';
import { BLOCK, AT, LENGTH, paddingOf, parseNumber } from './format.js';
import type { SparseRecords } from './pax-sparse.js';

/** How the map of a sparse file is stored: not at all, in the extended header (0.0, 0.1), or before its data (1.0). */
export type PaxSparseFormat = 'none' | 'unknown' | 'records' | 'data';

/** Returns which PAX sparse format the records announce, as Go's archive/tar tells them apart. */
export function paxSparseFormat(records: SparseRecords): PaxSparseFormat {
  const { major, minor } = records;
  if (major === '0' && (minor === '0' || minor === '1')) return 'records';
  if (major === '1' && minor === '0') return 'data';
  if (major !== '' || minor !== '') return 'unknown';
  return records.pairs.length > 0 || (records.map !== undefined && records.map.length > 0)
    ? 'records'
    : 'none';
}

/** Returns the expanded size that the records state, undefined when they state none. Throws E_TAR. */
export function paxSparseSize(records: SparseRecords, offset: number): number | undefined {
  const text = records.size?.length ? records.size : records.realSize;
  if (text === undefined || text.length === 0) return undefined;
  const size = parseDecimal(text, 0, text.length);
  return size >= 0 ? size : refuse(offset, 'its expanded size is not a number');
}

/** Returns the map of formats 0.0 and 0.1: pairs of offset and length. Throws E_TAR, E_LIMIT. */
export function paxSparseMap(records: SparseRecords, limits: Limits, offset: number): number[] {
  const map = records.pairs.length > 0 ? records.pairs : parseList(records.map, limits, offset);
  const { blocks } = records;
  const count = blocks === undefined ? NaN : parseDecimal(blocks, 0, blocks.length);
  if (map.length !== 2 * count) return refuse(offset, 'its map does not have the number of fragments stated');
  return map;
}

function parseList(text: Uint8Array | undefined, limits: Limits, offset: number): number[] {
  const list: number[] = [];
  if (text === undefined || text.length === 0) return list;
  for (let start = 0; start <= text.length;) {
    let end = text.indexOf(0x2c, start);
    if (end < 0) end = text.length;
    if (list.length >= 2 * limits.sparseFragments) return tooMany(limits, offset);
    list.push(parseDecimal(text, start, end));
    start = end + 1;
  }
  return list;
}

/** Reads the map of format 1.0, which fills the first blocks of a member's data. */
export interface SparseMapReader {
  /** Takes the bytes [start, end) or the first of them; returns how many. Throws E_TAR, E_LIMIT. */
  read(bytes: Uint8Array, start: number, end: number): number;
  /** True once the map and the padding of its last block are taken. */
  complete(): boolean;
  /** Pairs of offset and length. */
  readonly map: number[];
}

/** Returns a reader for the map of the member at `offset`. */
export function createSparseMapReader(limits: Limits, offset: number): SparseMapReader {
  const map: number[] = [];
  let wanted = -1;
  let number = 0;
  let digits = 0;
  let taken = 0;

  function finishNumber(): void {
    if (digits === 0 || number > Number.MAX_SAFE_INTEGER)
      refuse(offset, 'its map holds something that is not a number');
    if (wanted >= 0) map.push(number);
    else if (number > limits.sparseFragments) tooMany(limits, offset);
    else wanted = 2 * number;
    number = 0;
    digits = 0;
  }

  return {
    map,
    complete: () => wanted === map.length && taken % BLOCK === 0,
    read(bytes, start, end) {
      let at = start;
      while (at < end && wanted !== map.length) {
        const byte = bytes[at++];
        if (byte === 0x0a) {
          finishNumber();
          continue;
        }
        number = number * 10 + byte - 0x30;
        // Twenty digits are more than any offset; without a bound all of a member could be one number.
        if (byte < 0x30 || byte > 0x39 || ++digits > 20)
          refuse(offset, 'its map holds something that is not a number');
      }
      taken += at - start;
      const unused = wanted === map.length ? Math.min(paddingOf(taken), end - at) : 0;
      taken += unused;
      return at + unused - start;
    },
  };
}

/** The part of an old GNU sparse map in a header or extension block: `slots` pairs of fields from `at`. Throws E_TAR, E_LIMIT. */
export function readOldSparseSlots(
  block: Uint8Array,
  at: number,
  slots: number,
  map: number[],
  limits: Limits,
  offset: number,
): void {
  for (let slot = 0; slot < slots; slot++) {
    const field = at + slot * 24;
    if (block[field] === 0) return;
    if (map.length >= 2 * limits.sparseFragments) return tooMany(limits, offset);
    map.push(
      parseNumber(block, field, LENGTH.number),
      parseNumber(block, field + LENGTH.number, LENGTH.number),
    );
  }
}

/** How many pairs a header block and an extension block of the old GNU format hold, and where the latter's flag is. */
export const OLD_SPARSE = {
  headerSlots: 4,
  blockSlots: 21,
  blockExtended: 504,
  headerAt: AT.gnuSparse,
} as const;

/**
 * Returns the fragments that hold bytes, once they are in order, apart, inside `size` and hold no more than the
 * `stored` bytes there are. Throws E_TAR otherwise.
 */
export function checkSparseMap(
  map: readonly number[],
  size: number,
  stored: number,
  offset: number,
): number[] {
  const fragments: number[] = [];
  let end = 0;
  for (let i = 0; i < map.length; i += 2) {
    const start = map[i];
    const length = map[i + 1];
    // Written so that NaN fails too.
    if (!(start >= end && length >= 0 && start + length <= size))
      return refuse(offset, 'its fragments overlap, are out of order or lie beyond its size');
    end = start + length;
    if (length > 0) fragments.push(start, length);
  }
  const held = bytesOf(fragments);
  return held <= stored
    ? fragments
    : refuse(offset, `its fragments hold ${held} bytes, its data only ${stored}`);
}

/** Returns how many bytes the fragments hold together. */
export function bytesOf(fragments: readonly number[]): number {
  let bytes = 0;
  for (let i = 1; i < fragments.length; i += 2) bytes += fragments[i];
  return bytes;
}

function refuse(offset: number, why: string): never {
  return fail('E_TAR', `reading the sparse file at byte ${offset}: ${why}`);
}

function tooMany(limits: Limits, offset: number): never {
  return fail(
    'E_LIMIT',
    `reading the sparse file at byte ${offset}: more than ${limits.sparseFragments} fragments`,
    { hint: limitHint('sparseFragments') },
  );
}
