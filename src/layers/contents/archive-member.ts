import type { TarMemberKind } from '../../model/tar-member.js';

/** One member of an archive that is a file of an image, as the archive states it. */
export interface ArchiveMember {
  /** A name (see model/name), raw; empty for the only content of a compressed file. */
  readonly path: string;
  readonly kind: TarMemberKind;
  /** Bytes. */
  readonly size: number;
  /** SHA-256 of its bytes in hex; undefined for what has none, or was not read. */
  readonly content: string | undefined;
  /** CRC-32 in hex, as a zip states it. */
  readonly crc: string | undefined;
  /** In a tar, the target of a link, or the numbers of a device. */
  readonly link: string | undefined;
  readonly mode: number | undefined;
  /** `uid:gid`. */
  readonly owner: string | undefined;
  /** A number that differs when the time of modification does: seconds, in a zip the DOS date and time. */
  readonly modified: number | undefined;
}

export interface ArchiveLimits {
  /** Members listed of one archive; 50,000. */
  readonly members?: number;
  /** Bytes that one archive may expand to; 64 MiB. */
  readonly bytes?: number;
  /** Bytes kept of the only content of a compressed file; 8 MiB. */
  readonly inner?: number;
}

const MiB = 1024 * 1024;
export const ARCHIVE_LIMITS: Required<ArchiveLimits> = { members: 50_000, bytes: 64 * MiB, inner: 8 * MiB };

/** What was listed, and why no more. */
export interface Listed {
  readonly members: readonly ArchiveMember[];
  /** Raw: it may quote a name. Undefined when the archive was listed to its end. */
  readonly stopped: string | undefined;
}

/** Returns the note for what a reader of hostile bytes threw. */
export function noteOf(thrown: unknown): string {
  return (thrown instanceof Error ? thrown.message : 'unreadable').slice(0, 300);
}
