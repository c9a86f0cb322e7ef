import type { ChangeRow, TrialRow } from '../../report/bisect.js';

/** What is searched for: between which snapshots, and the line that was typed. */
export interface BisectRequest {
  readonly low: number;
  readonly high: number;
  readonly line: string;
}

/** What is told while it goes on: the snapshot that is tried now, or what came of one. */
export type BisectStep =
  { readonly kind: 'trying'; readonly n: number } | { readonly kind: 'tried'; readonly trial: TrialRow };

/** What a search found; no change when both ends are the same. */
export interface BisectEnd {
  readonly change: ChangeRow | undefined;
  /** The last that the command wrote in the snapshot where the result is another. */
  readonly output: Uint8Array;
}

/**
 * Runs a command in snapshots of the image, each time in a container that is thrown away, also when the signal aborts, for
 * which it rejects. Rejects with StrataError, whose hint says what to do.
 */
export type Bisect = (
  request: BisectRequest,
  options: { readonly signal: AbortSignal; readonly onStep: (step: BisectStep) => void },
) => Promise<BisectEnd>;
