import type { TrialRow } from '../../report/bisect.js';
import type { ContainerRow } from '../../report/containers.js';
import type { BisectEnd, BisectRequest } from '../effects/bisect.js';
import type { LogLine } from '../effects/containers.js';

/** The containers of a page, and which of them is chosen. */
export interface ContainerList {
  /** Those that run first, then the latest. */
  readonly rows: readonly ContainerRow[];
  /** Id of the row with the cursor. */
  readonly chosen: string | undefined;
  /** First row that is seen. */
  readonly top: number;
  /** When they were asked for, in nanoseconds since 1970. */
  readonly now: bigint;
}

/** The last lines that a container wrote. */
export interface OpenLog {
  readonly lines: readonly LogLine[];
  /** How many were let go before them, since the page is open. */
  readonly dropped: number;
  readonly timestamps: boolean;
  /** Nothing more comes: the container has ended. */
  readonly ended: boolean;
}

/** A search for the layer that changed what a command says. */
export interface OpenBisect {
  readonly request: BisectRequest;
  readonly trials: readonly TrialRow[];
  /** The snapshot that is tried now. */
  readonly trying: number | undefined;
  readonly end: BisectEnd | undefined;
  /** Why it did not go on; empty otherwise. */
  readonly stopped: readonly string[];
}
