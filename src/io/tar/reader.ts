import type { AnomalyLog } from '../../model/anomaly.js';
import type { Limits } from '../../model/limits.js';
import type { TarMember } from '../../model/tar-member.js';
import type { TarDialect } from './extensions.js';

/** What a {@link TarReader} calls, in the order of the archive: one `member`, its `data`, one `memberEnd`. */
export interface TarHandler {
  /** `member` and its names are reused: copy what is kept. */
  member(member: TarMember): void;
  /** The next stored bytes of the member's content, a view on the pushed chunk; never empty. */
  data(chunk: Uint8Array): void;
  memberEnd(): void;
}

export interface TarReaderOptions {
  /** `path`, `name`, `entries`, `paxHeader` and `sparseFragments` are what the reader keeps to. */
  readonly limits: Limits;
  readonly anomalies: AnomalyLog;
  /** Which readers to agree with where they differ; `engine` when absent. */
  readonly dialect?: TarDialect;
}

/** What is known once a tar has been read to its end. */
export interface TarEnd {
  /** Bytes pushed and skipped. */
  readonly bytes: number;
  /** Where the end-of-archive marker begins; undefined when there is none. */
  readonly endMarkerAt: number | undefined;
}

/**
 * Reads a tar pushed in pieces of any size; how it is cut changes nothing but the pieces `data` gets. Throws E_TAR,
 * E_TRUNCATED and E_LIMIT, each naming the byte offset; after an error it must not be used again.
 */
export interface TarReader {
  /** The chunk is the caller's again when it returns. */
  push(chunk: Uint8Array): void;
  /** How many coming bytes need not be read: the rest of a content with its padding; Infinity when all is known. */
  skippable(): number;
  /** Goes on `count` bytes, at most `skippable()`, without their content. */
  skip(count: number): void;
  /** Says that the input ends here. */
  end(): TarEnd;
}
