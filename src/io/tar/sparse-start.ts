import type { AnomalyLog } from '../../model/anomaly.js';
import { fail } from '../../model/error.js';
import type { Limits } from '../../model/limits.js';
import type { MemberStart } from './begin-member.js';
import type { Blocks } from './blocks.js';
import { whereOf } from './header.js';
import {
  bytesOf,
  checkSparseMap,
  createSparseMapReader,
  OLD_SPARSE,
  readOldSparseSlots,
  type SparseMapReader,
} from './sparse.js';

/** What of a sparse member's map stands between its header and its data, of every member anew. */
export interface SparseStart {
  /** Begins with the member whose header, at `start` of the tar, was read last. Throws E_TAR. */
  open(start: number): void;
  /** Whether all of the map is there. */
  isWhole(): boolean;
  /** Takes bytes of `chunk` from `at` on, until it is; returns how many. Throws E_TAR, E_LIMIT. */
  take(chunk: Uint8Array, at: number): number;
  /** Gives the member its fragments and returns how many bytes they hold. Throws E_TAR for a map that is none of its file. */
  settle(): number;
  /** Bytes of the member's body that were not taken. */
  left(): number;
}

/** Returns what reads the maps of the members that `current` begins; `blocks` holds nothing when it is asked for any. */
export function createSparseStart(
  current: MemberStart,
  blocks: Blocks,
  limits: Limits,
  anomalies: AnomalyLog,
): SparseStart {
  const { member } = current;
  let reader: SparseMapReader | undefined;
  let whole = false;
  let left = 0;

  /** A block that goes on with an old GNU map. */
  function takeBlock(bytes: Uint8Array, at: number): void {
    readOldSparseSlots(bytes, at, OLD_SPARSE.blockSlots, current.sparseMap, limits, member.headerOffset);
    whole = bytes[at + OLD_SPARSE.blockExtended] === 0;
  }

  function requireMore(): void {
    if (left === 0)
      fail('E_TAR', `reading the sparse file at byte ${member.headerOffset}: its map has no end`);
  }

  return {
    open(start) {
      left = current.body;
      whole = current.follows === 'sparse-content';
      reader = current.follows === 'sparse-data' ? createSparseMapReader(limits, start) : undefined;
      if (reader !== undefined) requireMore();
    },

    isWhole: () => whole,

    take(chunk, at) {
      if (reader === undefined) return blocks.take(chunk, at, takeBlock);
      const taken = reader.read(chunk, at, at + Math.min(chunk.length - at, left));
      left -= taken;
      whole = reader.complete();
      if (!whole) requireMore();
      return taken;
    },

    settle() {
      const map = reader === undefined ? current.sparseMap : reader.map;
      const fragments = checkSparseMap(map, member.size, left, member.headerOffset);
      const held = bytesOf(fragments);
      if (held < left) anomalies.add('sparse-data-unused', whereOf(member), `${left - held} bytes`);
      member.sparse = fragments;
      member.storedSize = held;
      return held;
    },

    left: () => left,
  };
}
