/** What stat(2), readlink(2) and listxattr(2) tell of a file, wherever it is: in a layer, a snapshot or a container. */
export interface FileStatus {
  /** Lower twelve bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Logical bytes, holes included; 0 for everything but files. */
  readonly size: number;
  /** Nanoseconds since 1970. */
  readonly mtime: bigint;
  /** Target of a symlink, else ''. */
  readonly link: string;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
}
