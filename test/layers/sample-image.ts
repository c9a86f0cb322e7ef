import type { ExecutionConfig, HistoryStep } from '../../src/model/image-config.js';
import type { Image } from '../../src/model/image.js';
import { parseDigest } from '../../src/model/digest.js';

/** One line of a history as `docker history` would show it. */
export interface Line {
  readonly by: string;
  readonly empty?: boolean;
  readonly comment?: string;
  readonly author?: string;
  readonly created?: string;
}

export interface SampleOptions {
  readonly execution?: Partial<ExecutionConfig>;
  readonly os?: string;
  readonly osVersion?: string;
  readonly annotations?: ReadonlyMap<string, string>;
  /** How many layers there are, when not one per line that is not empty. */
  readonly layers?: number;
}

/** Returns an image of that history and configuration; its layers hold nothing. */
export function imageOf(lines: readonly Line[], options: SampleOptions = {}): Image {
  const history = lines.map((line): HistoryStep => ({
    created: line.created,
    createdBy: line.by,
    author: line.author ?? '',
    comment: line.comment ?? '',
    emptyLayer: line.empty ?? false,
  }));
  const count = options.layers ?? history.filter((step) => !step.emptyLayer).length;
  const diffIDs = Array.from({ length: count }, (_, i) =>
    parseDigest(`sha256:${String(i).padStart(64, '0')}`),
  );
  const execution: ExecutionConfig = {
    user: '',
    exposedPorts: [],
    env: [],
    entrypoint: [],
    cmd: [],
    volumes: [],
    workingDir: '',
    labels: new Map(),
    stopSignal: '',
    shell: [],
    onBuild: [],
    healthcheck: undefined,
    ...options.execution,
  };
  return {
    transport: 'oci',
    name: 'oci:sample',
    tags: [],
    platform: undefined,
    descriptor: undefined,
    rawManifest: undefined,
    rawConfig: undefined,
    rawIndex: undefined,
    config: {
      created: undefined,
      author: '',
      architecture: 'amd64',
      os: options.os ?? 'linux',
      osVersion: options.osVersion,
      variant: undefined,
      execution,
      diffIDs,
      history,
    },
    annotations: options.annotations ?? new Map(),
    layers: diffIDs.map((diffID, i) => ({
      position: i + 1,
      mediaType: 'application/vnd.oci.image.layer.v1.tar',
      digest: undefined,
      size: 100 * (i + 1),
      diffID,
      content: { kind: 'absent', why: 'missing' },
      step: undefined,
    })),
    siblings: [],
    anomalies: [],
  };
}
