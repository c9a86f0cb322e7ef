import type { AnomalyLog } from './anomaly.js';
import { type Digest, parseDigest } from './digest.js';
import { fail } from './error.js';
import { type HistoryStep, type ImageConfig, readExecution, readHead } from './image-config.js';
import { expectArray, expectString, field, isAbsent, type JsonNode, optionalString } from './json.js';
import { parseJson } from './json-parse.js';
import { limitHint, type Limits } from './limits.js';

/** A Docker registry v2 schema 1 manifest (deprecated since 2017), turned into what later manifests say. */
export interface Schema1 {
  /** `name:tag` as the manifest has it; '' when it does not. */
  readonly name: string;
  /** Blobs of the layers with content, base first. */
  readonly blobs: readonly Digest[];
  /** diffIDs are not known to schema 1: the list is empty. */
  readonly config: ImageConfig;
  /** The newest v1Compatibility, which the config was made from. */
  readonly rawConfig: Uint8Array;
}

/**
 * Reads a schema 1 manifest. Its lists are newest first and have a blob for every step; the blob of a step that changed
 * no file is marked `throwaway` and left out. Signatures are not verified. Throws E_MANIFEST, E_CONFIG, E_JSON,
 * E_DIGEST_INVALID or E_LIMIT.
 */
export function readSchema1(root: JsonNode, limits: Limits, anomalies: AnomalyLog): Schema1 {
  anomalies.add('manifest-schema1', root.what);
  const fsLayers = expectArray(field(root, 'fsLayers'), limits.history, 'history');
  const history = expectArray(field(root, 'history'), limits.history, 'history');
  if (fsLayers.length !== history.length || history.length === 0)
    fail(
      'E_MANIFEST',
      `reading ${root.what}: ${fsLayers.length} fsLayers and ${history.length} history entries, expected as many of both`,
    );
  const documents = history.map((node) => {
    const text = expectString(field(node, 'v1Compatibility'));
    const bytes = new TextEncoder().encode(text);
    return {
      bytes,
      root: parseJson(bytes, `${node.path}.v1Compatibility of ${root.what}`, limits, 'E_CONFIG'),
    };
  });
  const blobs: Digest[] = [];
  const steps: HistoryStep[] = [];
  for (let i = history.length - 1; i >= 0; i--) {
    const step = readStep(documents[i].root);
    const sum = field(fsLayers[i], 'blobSum');
    const blob = parseDigest(sum.value, `${sum.path} of ${root.what}`);
    steps.push(step);
    if (!step.emptyLayer) blobs.push(blob);
  }
  if (blobs.length > limits.layers)
    fail('E_LIMIT', `reading ${root.what}: ${blobs.length} layers, the limit is ${limits.layers}`, {
      hint: limitHint('layers'),
    });
  const newest = documents[0];
  const name = optionalString(field(root, 'name')) ?? '';
  const tag = optionalString(field(root, 'tag')) ?? '';
  return {
    name: name === '' || tag === '' ? name : `${name}:${tag}`,
    blobs,
    config: {
      ...readHead(newest.root, anomalies),
      execution: readExecution(field(newest.root, 'config'), anomalies),
      diffIDs: [],
      history: steps,
    },
    rawConfig: newest.bytes,
  };
}

function readStep(document: JsonNode): HistoryStep {
  const container = field(document, 'container_config');
  const command = isAbsent(container) ? undefined : field(container, 'Cmd');
  const words = command === undefined || isAbsent(command) ? [] : expectArray(command).map(expectString);
  return {
    created: optionalString(field(document, 'created')),
    createdBy: words.join(' '),
    author: optionalString(field(document, 'author')) ?? '',
    comment: optionalString(field(document, 'comment')) ?? '',
    emptyLayer: field(document, 'throwaway').value === true,
  };
}
