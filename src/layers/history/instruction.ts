import type { Builder, DockerfileKeyword, StepHints } from './created-by.js';
import type { Pair } from './dockerfile-words.js';
import type { Healthcheck } from './healthcheck.js';

export type { Builder, StepHints } from './created-by.js';

/** `FROM-guess` is a line that only the maker of a base image writes; `UNKNOWN` is text of another kind of builder. */
export type Keyword = DockerfileKeyword | 'FROM-guess' | 'UNKNOWN';

/** What a COPY or ADD brought in. */
export interface Copied {
  /** `file`, `dir` and `multi` are known by checksum only; `named` has its sources as the Dockerfile had them. */
  readonly kind: 'file' | 'dir' | 'multi' | 'named';
  /** As recorded, with its kind: `file:5056…`; Docker's hash over content and metadata, not a SHA-256 of the bytes. */
  readonly checksum: string | undefined;
  readonly sources: readonly string[];
  readonly dest: string;
  /** The stage or image of `--from`, which only builders that keep source text record. */
  readonly from: string | undefined;
  /** Other flags, whole: `--chown=1000:1000`. */
  readonly flags: readonly string[];
}

/** One step of a history, understood. Every text is the image's own and may hold anything. */
export interface Instruction {
  readonly keyword: Keyword;
  /** The instruction as a person writes it in a Dockerfile; several lines only where `heredoc` is given. */
  readonly text: string;
  /** What followed the keyword, as recorded. */
  readonly body: string;
  /** The body is Dockerfile source (quoted, variables unexpanded), as buildah and kaniko keep it. */
  readonly source: boolean;
  /** RUN: the shell that got `command`; undefined for the exec form, or where the builder does not say. */
  readonly shell: readonly string[] | undefined;
  /** RUN: the command without flags. */
  readonly command: string | undefined;
  /** RUN: the build arguments it could see (`|2 A=1 B=2`). */
  readonly buildArgs: readonly Pair[];
  /** RUN: flags such as `--mount=type=cache,target=/x`, where the builder keeps them (BuildKit does not). */
  readonly mounts: readonly string[];
  /** RUN: the script, when it has several lines and so was a here-document. */
  readonly heredoc: string | undefined;
  /** CMD, ENTRYPOINT, SHELL, EXPOSE, VOLUME: the list. A shell form stays undefined. */
  readonly list: readonly string[] | undefined;
  /** ENV, LABEL, ARG: names and values. */
  readonly pairs: readonly Pair[];
  readonly copied: Copied | undefined;
  readonly healthcheck: Healthcheck | undefined;
  /** FROM and FROM-guess: the image it names or most likely is. */
  readonly base: string | undefined;
  readonly builder: Builder;
  readonly comment: string;
}

/** Settled values of the image that decide what an unquoted line meant. */
export interface KnownValues extends StepHints {
  /** Final environment and labels. */
  readonly values?: ReadonlyMap<string, string>;
}
