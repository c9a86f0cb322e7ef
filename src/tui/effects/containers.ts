import type { ContainerRow } from '../../report/containers.js';

/** A line that a container wrote. */
export interface LogLine {
  /** RFC 3339. */
  readonly time: string;
  readonly stream: 'stdout' | 'stderr';
  /** Without its line feed; the beginning of a long one. */
  readonly bytes: Uint8Array;
  /** Bytes behind them that are not held. */
  readonly more: number;
}

/** What is done to a container without its terminal. */
export type ContainerDeed = 'stop' | 'kill' | 'pause' | 'unpause' | 'start' | 'remove';

/** What the terminal is lent to a container for: a shell in it, or what it runs itself. */
export type ContainerVisit = 'exec' | 'attach';

/**
 * What the explorer can do with the containers of the store, each named by its id. How they are run is known to who supplies
 * it; every function rejects with StrataError, whose hint says what to do where this machine cannot.
 */
export interface Containers {
  readonly list: () => Promise<readonly ContainerRow[]>;
  /** Goes over the last lines that it wrote, and those that it writes until it has ended or the signal aborts. */
  readonly log: (id: string, signal: AbortSignal) => AsyncIterable<LogLine>;
  /** Resolves when it is done; `force` removes also what runs. */
  readonly act: (id: string, deed: ContainerDeed, force: boolean) => Promise<void>;
  /** Puts the terminal of this process on it, which must be lent; returns what it ended with. */
  readonly visit: (id: string, visit: ContainerVisit) => Promise<number>;
}
