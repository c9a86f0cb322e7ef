import type { SparseRecords } from './pax-sparse.js';

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

const NOTHING = new Uint8Array(0);

/** Returns the records of a header that said nothing. */
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
