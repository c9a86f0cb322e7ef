import type { TerminalStreams } from '../screen/lend.js';

/** What is told while something takes its time. */
export interface StepOptions {
  readonly signal: AbortSignal;
  /** Told what is being done, in a few words, whenever that changes. */
  readonly onProgress: (text: string) => void;
}

/** A container that waits for a terminal. */
export interface ReadyShell {
  readonly id: string;
  readonly name: string;
  /** Which shell it is, in words. */
  readonly said: string;
  /**
   * Starts it with this terminal on it; returns what it ended with. The container is kept. Rejects when the signal aborts,
   * the shell being ended then.
   */
  readonly attach: (terminal: TerminalStreams, signal: AbortSignal) => Promise<number>;
  /** Removes it, if it was not started. */
  readonly discard: () => Promise<void>;
}

/**
 * What the explorer can do with containers of its image. How one is run is known to who supplies it; every function rejects
 * with StrataError, whose hint says what to do where this machine cannot.
 */
export interface StepIn {
  /** Makes a container of the snapshot after layer `n` whose process is the best shell there. */
  readonly shell: (n: number, options: StepOptions) => Promise<ReadyShell>;
}
