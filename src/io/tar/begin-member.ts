import type { AnomalyLog } from '../../model/anomaly.js';
import { fail } from '../../model/error.js';
import type { Limits } from '../../model/limits.js';
import type { TarMember } from '../../model/tar-member.js';
import type { Extensions } from './extensions.js';
import { AT, BLOCK, formatOf, LENGTH, parseNumber, TYPE } from './format.js';
import { createMember, kindOf, readHeader, whereOf } from './header.js';
import type { SparseRecords } from './pax-sparse.js';
import { OLD_SPARSE, paxSparseFormat, paxSparseMap, paxSparseSize, readOldSparseSlots } from './sparse.js';

/**
 * What comes behind a member's header: its content; nothing (the type has none); bytes nobody asked for, of a member
 * that is delivered (`unheard`) or not (`ignored`); or first the rest of a sparse map, in blocks of its own (old GNU)
 * or in the data (PAX 1.0).
 */
export type Follows =
  'content' | 'nothing' | 'unheard' | 'ignored' | 'sparse-content' | 'sparse-blocks' | 'sparse-data';

/** A member whose header has been read. One object, filled anew for every member. */
export interface MemberStart {
  readonly member: TarMember;
  readonly follows: Follows;
  /** Bytes behind the header, without padding: content, and the map of a `sparse-data` member. */
  readonly body: number;
  /** The size a member of a type without content states; 0 as a rule. */
  readonly denied: number;
  /** The map of a sparse member, as far as it is read. */
  readonly sparseMap: number[];
  /** Reads the header block at `at` of `block`, which begins at `offset` of the tar. Throws E_TAR, E_LIMIT. */
  read(block: Uint8Array, at: number, offset: number): void;
}

/** What eleven octal digits hold. */
const LARGEST_OCTAL = 0o77777777777;

export function createMemberStart(
  limits: Limits,
  anomalies: AnomalyLog,
  extensions: Extensions,
): MemberStart {
  const member = createMember();
  const nameScratch = new Uint8Array(256);
  let follows: Follows = 'nothing';
  let body = 0;
  let denied = 0;
  let sparseMap: number[] = [];

  function withoutContent(size: number): Follows {
    if (size !== 0) anomalies.add('tar-link-with-data', whereOf(member), `${size} bytes`);
    denied = size > 0 ? size : 0;
    return 'nothing';
  }

  function withBody(
    size: number,
    block: Uint8Array,
    at: number,
    offset: number,
    sparse?: SparseRecords,
  ): Follows {
    if (!(size >= 0)) return refuse(offset, 'its size is not a number');
    body = size;
    const { typeflag } = member;
    if (typeflag === TYPE.gnuVolume || typeflag === TYPE.gnuContinued) {
      anomalies.add('tar-ignored-type', whereOf(member), `type '${String.fromCharCode(typeflag)}'`);
      return 'ignored';
    }
    if (typeflag === TYPE.gnuDumpDirectory) {
      if (size > 0) anomalies.add('tar-ignored-type', whereOf(member), 'the list in a GNU dump directory');
      return 'unheard';
    }
    member.size = size;
    member.storedSize = size;
    if (typeflag === TYPE.gnuSparse) return oldSparse(block, at, offset);
    return sparse === undefined ? 'content' : paxSparse(sparse, offset);
  }

  function oldSparse(block: Uint8Array, at: number, offset: number): Follows {
    // Star has the same type flag with another layout; nobody writes it any more, and Go refuses it too.
    if (formatOf(block, at) !== 'gnu') return refuse(offset, 'it is of the sparse type without being GNU');
    member.size = parseNumber(block, at + AT.gnuRealSize, LENGTH.number);
    if (!(member.size >= 0)) return refuse(offset, 'its expanded size is not a number');
    readOldSparseSlots(block, at + AT.gnuSparse, OLD_SPARSE.headerSlots, sparseMap, limits, offset);
    return block[at + AT.gnuSparseExtended] === 0 ? 'sparse-content' : 'sparse-blocks';
  }

  function paxSparse(records: SparseRecords, offset: number): Follows {
    const format = paxSparseFormat(records);
    if (format === 'none') return 'content';
    if (format === 'unknown') {
      anomalies.add('pax-record-invalid', whereOf(member), 'unknown version of a sparse map');
      return 'content';
    }
    if (records.name !== undefined && records.name.length > 0) member.name = records.name;
    member.size = paxSparseSize(records, offset) ?? body;
    if (format === 'data') return 'sparse-data';
    sparseMap = paxSparseMap(records, limits, offset);
    return 'sparse-content';
  }

  function decideKind(): void {
    const { typeflag, name } = member;
    const kind = kindOf(typeflag);
    if (kind === undefined && typeflag !== TYPE.gnuVolume && typeflag !== TYPE.gnuContinued)
      anomalies.add('tar-unknown-type', whereOf(member), `type ${typeflag}`);
    member.kind = kind ?? 'file';
    if (kind !== 'file' || name.length === 0 || name[name.length - 1] !== SLASH) return;
    if (typeflag === TYPE.regularV7) member.kind = 'directory';
    else anomalies.add('tar-file-with-slash', whereOf(member));
  }

  /** PAX sizes of 8 GiB and more come with a zero in the header, whose field cannot hold them. */
  function noteSizeConflict(stated: number, size: number): void {
    if (stated !== 0 || size <= LARGEST_OCTAL)
      anomalies.add('pax-size-conflict', whereOf(member), `${stated} in the header, ${size} in PAX`);
  }

  return {
    member,
    get follows() {
      return follows;
    },
    get body() {
      return body;
    },
    get denied() {
      return denied;
    },
    get sparseMap() {
      return sparseMap;
    },
    read(block, at, offset) {
      const stated = readHeader(member, block, at, nameScratch, anomalies);
      member.headerOffset = extensions.firstAt() ?? offset;
      member.dataOffset = offset + BLOCK;
      member.size = 0;
      member.storedSize = 0;
      body = 0;
      denied = 0;
      if (sparseMap.length > 0) sparseMap = [];
      const size = extensions.size(stated);
      const records = extensions.apply(member);
      decideKind();
      const hasBody = member.kind === 'file' || member.typeflag === TYPE.gnuDumpDirectory;
      if (hasBody) {
        if (size !== stated && !Number.isNaN(stated)) noteSizeConflict(stated, size);
        follows = withBody(size, block, at, offset, records?.sparse);
      } else {
        if (records?.sparse !== undefined && paxSparseFormat(records.sparse) !== 'none')
          refuse(offset, 'it has a sparse map but is no file');
        follows = withoutContent(size);
      }
    },
  };
}

const SLASH = 0x2f;

function refuse(offset: number, why: string): never {
  return fail('E_TAR', `reading the tar header at byte ${offset}: ${why}`);
}
