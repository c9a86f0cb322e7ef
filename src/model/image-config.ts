import type { Digest } from './digest.js';

/** One step of `history` in OCI image-spec 1.1 config.md. */
export interface HistoryStep {
  /** RFC 3339 text as given; undefined when absent. */
  readonly created: string | undefined;
  readonly createdBy: string;
  readonly author: string;
  readonly comment: string;
  readonly emptyLayer: boolean;
}

/** What a container is started with: the `config` object of OCI image-spec 1.1 config.md. */
export interface ExecutionConfig {
  readonly user: string;
  readonly exposedPorts: readonly string[];
  readonly env: readonly string[];
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly volumes: readonly string[];
  readonly workingDir: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly stopSignal: string;
  readonly shell: readonly string[];
  readonly onBuild: readonly string[];
  /** Docker's health check, as its JSON has it; undefined when absent. */
  readonly healthcheck: unknown;
}

/** OCI image-spec 1.1 config.md; Docker's v1.2 configuration is read into the same shape. */
export interface ImageConfig {
  readonly created: string | undefined;
  readonly author: string;
  readonly architecture: string;
  readonly os: string;
  readonly osVersion: string | undefined;
  readonly variant: string | undefined;
  readonly execution: ExecutionConfig;
  readonly diffIDs: readonly Digest[];
  readonly history: readonly HistoryStep[];
}
