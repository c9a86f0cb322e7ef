import type { AnomalyLog } from './anomaly.js';
import { type Digest, parseDigest } from './digest.js';
import { fail } from './error.js';
import {
  expectArray,
  expectString,
  field,
  isAbsent,
  isJsonObject,
  type JsonNode,
  optionalString,
  toPlainJson,
} from './json.js';
import { noteKeyCase } from './key-case.js';
import type { Limits } from './limits.js';

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

const KEYS = [
  'created',
  'author',
  'architecture',
  'os',
  'os.version',
  'os.features',
  'variant',
  'config',
  'rootfs',
  'history',
];
const EXECUTION_KEYS =
  'User ExposedPorts Env Entrypoint Cmd Volumes WorkingDir Labels StopSignal Shell OnBuild Healthcheck'.split(
    ' ',
  );
const HISTORY_KEYS = ['created', 'created_by', 'author', 'comment', 'empty_layer'];

/**
 * Reads an image configuration. What says how the layers are put together (`rootfs`, `architecture`, `os`, that
 * `history` is a list) must be right: E_CONFIG, E_DIGEST_INVALID or E_LIMIT. Everything else is only shown, so a field
 * of the wrong type is left out and recorded as `config-field-invalid`.
 */
export function readImageConfig(
  root: JsonNode,
  limits: Pick<Limits, 'layers' | 'history'>,
  anomalies: AnomalyLog,
): ImageConfig {
  noteKeyCase(root, KEYS, anomalies);
  const diffIDs = readDiffIDs(field(root, 'rootfs'), limits.layers);
  const historyNode = field(root, 'history');
  const history = isAbsent(historyNode)
    ? []
    : expectArray(historyNode, limits.history, 'history').map((node) => readStep(node, anomalies));
  return {
    ...readHead(root, anomalies),
    execution: readExecution(field(root, 'config'), anomalies),
    diffIDs,
    history,
  };
}

/** Reads the fields beside `rootfs` and `history`, which Docker's schema 1 keeps in its v1Compatibility too. */
export function readHead(
  root: JsonNode,
  anomalies: AnomalyLog,
): Omit<ImageConfig, 'execution' | 'diffIDs' | 'history'> {
  const required = (key: string): string => {
    const node = field(root, key);
    if (!isAbsent(node)) return expectString(node);
    anomalies.add('config-field-invalid', key, 'absent');
    return '';
  };
  return {
    created: lenientText(field(root, 'created'), anomalies),
    author: lenientText(field(root, 'author'), anomalies) ?? '',
    architecture: required('architecture'),
    os: required('os'),
    osVersion: optionalString(field(root, 'os.version')),
    variant: optionalString(field(root, 'variant')),
  };
}

function readDiffIDs(rootfs: JsonNode, maxLayers: number): readonly Digest[] {
  const type = optionalString(field(rootfs, 'type'));
  if (type !== undefined && type !== 'layers')
    fail('E_CONFIG', `reading ${rootfs.what}: rootfs.type is '${type.slice(0, 100)}', expected 'layers'`);
  const node = field(rootfs, 'diff_ids');
  // Go writes null for an image without layers.
  if (node.value === null) return [];
  return expectArray(node, maxLayers, 'layers').map((id) =>
    parseDigest(id.value, `${id.path} of ${id.what}`),
  );
}

function readStep(node: JsonNode, anomalies: AnomalyLog): HistoryStep {
  noteKeyCase(node, HISTORY_KEYS, anomalies);
  if (!isJsonObject(node.value)) {
    anomalies.add('config-field-invalid', node.path);
    return { created: undefined, createdBy: '', author: '', comment: '', emptyLayer: false };
  }
  const empty = field(node, 'empty_layer');
  if (!isAbsent(empty) && typeof empty.value !== 'boolean') anomalies.add('config-field-invalid', empty.path);
  return {
    created: lenientText(field(node, 'created'), anomalies),
    createdBy: lenientText(field(node, 'created_by'), anomalies) ?? '',
    author: lenientText(field(node, 'author'), anomalies) ?? '',
    comment: lenientText(field(node, 'comment'), anomalies) ?? '',
    emptyLayer: empty.value === true,
  };
}

/** Reads the `config` object; all of it is optional. */
export function readExecution(node: JsonNode, anomalies: AnomalyLog): ExecutionConfig {
  if (isAbsent(node)) return EMPTY_EXECUTION;
  if (!isJsonObject(node.value)) {
    anomalies.add('config-field-invalid', node.path);
    return EMPTY_EXECUTION;
  }
  noteKeyCase(node, EXECUTION_KEYS, anomalies);
  const texts = (key: string): readonly string[] => lenientTexts(field(node, key), anomalies);
  const keys = (key: string): readonly string[] => lenientKeys(field(node, key), anomalies);
  const text = (key: string): string => lenientText(field(node, key), anomalies) ?? '';
  const env = texts('Env');
  for (const entry of env)
    if (entry.indexOf('=') < 1) anomalies.add('config-field-invalid', 'config.Env', entry.slice(0, 200));
  const healthcheck = field(node, 'Healthcheck');
  return {
    user: text('User'),
    exposedPorts: keys('ExposedPorts'),
    env,
    entrypoint: texts('Entrypoint'),
    cmd: texts('Cmd'),
    volumes: keys('Volumes'),
    workingDir: text('WorkingDir'),
    labels: lenientLabels(field(node, 'Labels'), anomalies),
    stopSignal: text('StopSignal'),
    shell: texts('Shell'),
    onBuild: texts('OnBuild'),
    healthcheck: isAbsent(healthcheck) ? undefined : toPlainJson(healthcheck.value),
  };
}

const EMPTY_EXECUTION: ExecutionConfig = {
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
};

/** The configuration of a file system that came without one (`rootfs:`). */
export const EMPTY_CONFIG: ImageConfig = {
  created: undefined,
  author: '',
  architecture: '',
  os: '',
  osVersion: undefined,
  variant: undefined,
  execution: EMPTY_EXECUTION,
  diffIDs: [],
  history: [],
};

function lenientText(node: JsonNode, anomalies: AnomalyLog): string | undefined {
  if (isAbsent(node)) return undefined;
  if (typeof node.value === 'string') return node.value;
  anomalies.add('config-field-invalid', node.path);
  return undefined;
}

function lenientTexts(node: JsonNode, anomalies: AnomalyLog): readonly string[] {
  if (isAbsent(node)) return [];
  if (!Array.isArray(node.value)) {
    anomalies.add('config-field-invalid', node.path);
    return [];
  }
  return expectArray(node).flatMap((element) => lenientText(element, anomalies) ?? []);
}

function lenientKeys(node: JsonNode, anomalies: AnomalyLog): readonly string[] {
  if (isAbsent(node)) return [];
  if (isJsonObject(node.value)) return [...node.value.keys()];
  anomalies.add('config-field-invalid', node.path);
  return [];
}

function lenientLabels(node: JsonNode, anomalies: AnomalyLog): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  for (const key of lenientKeys(node, anomalies)) {
    const value = lenientText(field(node, key), anomalies);
    if (value !== undefined) labels.set(key, value);
  }
  return labels;
}
