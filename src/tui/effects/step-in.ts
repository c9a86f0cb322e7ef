import type { ContainerChange } from '../../runtime/changes/container-change.js';
import type { OpenContainer } from '../../runtime/container/open-container.js';
import type { TerminalStreams } from '../screen/lend.js';

/** What is told while something takes its time. */
export interface StepOptions {
  readonly signal: AbortSignal;
  /** Told what is being done, in a few words, whenever that changes; raw text. */
  readonly onProgress: (text: string) => void;
}

/** A container that waits for a terminal. */
export interface ReadyShell {
  readonly id: string;
  readonly name: string;
  /** Which shell it is, in words. */
  readonly said: string;
  /**
   * Starts it with this terminal on it; returns what it ended with, undefined when it was left running. Rejects when the
   * signal aborts; the shell has ended then. The container is kept.
   */
  readonly attach: (terminal: TerminalStreams, signal: AbortSignal) => Promise<number | undefined>;
  /** Removes it unless it was started. */
  readonly discard: () => Promise<void>;
}

/** What a container changed, as it was when it was read. */
export interface OpenChanges {
  readonly id: string;
  readonly name: string;
  /** Its image as a user names it, and the layer it lies upon. */
  readonly image: string;
  readonly n: number;
  readonly running: boolean;
  readonly files: OpenContainer;
  readonly changes: readonly ContainerChange[];
  /** Paths of sockets, which no layer can hold. */
  readonly sockets: readonly string[];
}

/** What is to go into the layer. */
export interface CommitChoice {
  /** Exactly these paths, and what goes when something else takes the place of a directory. */
  readonly picked: ReadonlySet<string>;
  /** Name that the image gets in the store; '' as long as there is none. */
  readonly name: string;
  readonly message: string;
  /** One layer of everything below and the changes. */
  readonly squash: boolean;
  readonly dropCaches: boolean;
}

/** The layer to be, before it is written. */
export interface LayerPreview {
  /** Members of the tar: what the container has, the directories above that, and whiteouts. */
  readonly members: number;
  readonly whiteouts: number;
  /** Bytes of content before they are compressed. */
  readonly bytes: number;
  /** Its number in the image; 0 when there is nothing to put into one. */
  readonly number: number;
  /** What goes into no layer and why, a line for each; raw text. */
  readonly leftOut: readonly string[];
  /** Digest of the image that has the name now. */
  readonly taken: string | undefined;
}

/** The image that was written. */
export interface Committed {
  readonly reference: string;
  readonly digest: string;
  /** In words: number, members, bytes, digest of the layer. */
  readonly layer: string;
}

/**
 * How the explorer steps into its image and makes another of what came of it. How a container is run is known to who supplies
 * it; every function rejects with StrataError, whose hint says what to do where this machine cannot.
 */
export interface StepIn {
  /** Makes a container of the snapshot after layer `n` whose process is the best shell there. */
  readonly shell: (n: number, options: StepOptions) => Promise<ReadyShell>;
  /** Reads what a container of the store changed; one that runs stands still meanwhile. */
  readonly changes: (id: string, options: StepOptions) => Promise<OpenChanges>;
  readonly preview: (changes: OpenChanges, choice: CommitChoice) => Promise<LayerPreview>;
  /** Puts the image into the store: all of it, or nothing. An image of that name loses it. */
  readonly commit: (changes: OpenChanges, choice: CommitChoice, options: StepOptions) => Promise<Committed>;
  /** Removes the container with all that it wrote. */
  readonly remove: (id: string) => Promise<void>;
}
