import type { EntryKind } from './entry.js';

/** What a tar member is, decided from its type flag and name; whiteouts are a matter of layers, not of tar. */
export type TarMemberKind = Exclude<EntryKind, 'whiteout' | 'opaque'>;

/**
 * One member of a tar archive with its PAX and GNU extensions applied, as `io/tar/read` delivers it. Names are raw
 * bytes as the archive states them. The object and the byte arrays `name` and `linkName` are reused by the next
 * member: copy what is kept. `xattrs` and `sparse` belong to the receiver.
 */
export interface TarMember {
  /** What the member is; unknown type flags are regular files (POSIX pax, "ustar Interchange Format"). */
  kind: TarMemberKind;
  /** Cut at the first NUL; never empty. */
  name: Uint8Array;
  /** The type flag byte; NUL and unknown flags are kept as they are. */
  typeflag: number;
  /** Lower twelve bits. */
  mode: number;
  /** 0 to 4294967295. */
  uid: number;
  /** 0 to 4294967295. */
  gid: number;
  /** Logical size in bytes: for a sparse file, expanded; 0 for everything but files. */
  size: number;
  /** Bytes of content in the archive, without padding; less than `size` for a sparse file, 0 for links and devices. */
  storedSize: number;
  /** A safe integer, negative before 1970. */
  mtimeSeconds: number;
  /** 0 to 999,999,999. */
  mtimeNanoseconds: number;
  /** The target as stated, of symbolic and hard links; empty for all others. */
  linkName: Uint8Array;
  /** Of character and block devices; 0 for all others. */
  deviceMajor: number;
  deviceMinor: number;
  /** SCHILY.xattr.* records, values as bytes, keys as names (see model/name). */
  xattrs: ReadonlyMap<string, Uint8Array> | undefined;
  /** Pairs offset, length of the stored fragments in logical order; undefined when not sparse. */
  sparse: readonly number[] | undefined;
  /** Where the first header block of the member (extensions included) begins in the plain tar. */
  headerOffset: number;
  /** Where its content begins in the plain tar. */
  dataOffset: number;
}
