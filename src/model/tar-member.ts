/**
 * One member of a tar archive with its PAX and GNU extensions applied, as `io/tar/read` delivers it. Names are raw
 * bytes as the archive states them. The object is reused: copy what is kept.
 */
export interface TarMember {
  /** Without trailing NUL; never empty. */
  name: Uint8Array;
  /** The type flag byte; NUL and unknown flags are kept as they are. */
  typeflag: number;
  /** Lower twelve bits. */
  mode: number;
  uid: number;
  gid: number;
  /** Logical size in bytes: for a sparse file, expanded. */
  size: number;
  /** Bytes of content in the archive, without padding; less than `size` for a sparse file, 0 for links and devices. */
  storedSize: number;
  mtimeSeconds: number;
  /** 0 to 999,999,999. */
  mtimeNanoseconds: number;
  linkName: Uint8Array;
  deviceMajor: number;
  deviceMinor: number;
  /** SCHILY.xattr.* records, values as bytes. */
  xattrs: ReadonlyMap<string, Uint8Array> | undefined;
  /** Pairs offset, length of the stored fragments in logical order; undefined when not sparse. */
  sparse: readonly number[] | undefined;
  /** Where the first header block of the member (extensions included) begins in the plain tar. */
  headerOffset: number;
  /** Where its content begins in the plain tar. */
  dataOffset: number;
}
