/**
 * Bytes on this machine: `length` bytes from `offset` of the file at `path`. A plain value, so that it can cross to a
 * worker. `path` may be `/proc/self/fd/N` for a spooled input that has no name any more.
 */
export interface ByteRange {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
}
