import type { AnomalyLog } from './anomaly.js';
import { type Digest, isDigest } from './digest.js';
import { readDistributionName } from './distribution-name.js';
import { fail } from './error.js';
import {
  expectArray,
  expectString,
  field,
  isAbsent,
  isJsonObject,
  type JsonNode,
  toPlainJson,
} from './json.js';
import { noteKeyCase } from './key-case.js';
import type { Limits } from './limits.js';

/** One image of a docker-archive: an entry of its manifest.json (moby image-spec v1.2 "Combined Image JSON"). */
export interface DockerManifest {
  /** Path of the configuration in the archive, as given. */
  readonly config: string;
  readonly repoTags: readonly string[];
  /** Paths of the layers in the archive, base first, as given. */
  readonly layers: readonly string[];
  /** Media types of the layers' blobs by their digest, where the archive states them (`LayerSources`). */
  readonly mediaTypes: ReadonlyMap<Digest, string>;
  /** The entry as JSON text. */
  readonly raw: Uint8Array;
}

const KEYS = ['Config', 'RepoTags', 'Layers', 'Parent', 'LayerSources'];

/** Reads a docker-archive's manifest.json. Throws E_MANIFEST or E_LIMIT; every tag must be one Docker would load. */
export function readDockerManifests(
  root: JsonNode,
  limits: Pick<Limits, 'layers'>,
  anomalies: AnomalyLog,
): readonly DockerManifest[] {
  const entries = expectArray(root);
  if (entries.length === 0) fail('E_MANIFEST', `reading ${root.what}: it lists no image`);
  return entries.map((entry) => {
    noteKeyCase(entry, KEYS, anomalies);
    const layers = field(entry, 'Layers');
    return {
      config: expectString(field(entry, 'Config')),
      repoTags: readTags(field(entry, 'RepoTags')),
      layers: isAbsent(layers) ? [] : expectArray(layers, limits.layers, 'layers').map(expectString),
      mediaTypes: readMediaTypes(field(entry, 'LayerSources')),
      raw: new TextEncoder().encode(JSON.stringify(toPlainJson(entry.value))),
    };
  });
}

function readTags(node: JsonNode): readonly string[] {
  if (isAbsent(node)) return [];
  return expectArray(node).map((element) => {
    const tag = expectString(element);
    const name = readDistributionName(tag);
    return 'why' in name
      ? fail(
          node.code,
          `reading ${node.what}: ${element.path} '${tag.slice(0, 100)}' is not an image name: ${name.why}`,
        )
      : tag;
  });
}

/** LayerSources is informative: what is odd in it is left out. */
function readMediaTypes(node: JsonNode): ReadonlyMap<Digest, string> {
  const types = new Map<Digest, string>();
  if (!isJsonObject(node.value)) return types;
  for (const source of node.value.values()) {
    if (!isJsonObject(source)) continue;
    const digest = source.get('digest');
    const mediaType = source.get('mediaType');
    if (isDigest(digest) && typeof mediaType === 'string') types.set(digest, mediaType);
  }
  return types;
}

/**
 * Returns the digest that a path in a docker-archive promises for its bytes: `blobs/sha256/<hex>` (Docker 25 and later),
 * `<hex>.json` (Docker) or `sha256:<hex>` (crane, kaniko, for configurations); undefined for any other path.
 */
export function promisedDigest(path: string): Digest | undefined {
  const match = /^(?:blobs\/sha256\/|sha256:)?([0-9a-f]{64})(?:\.json)?$/.exec(path);
  if (match === null) return undefined;
  const digest = `sha256:${match[1]}`;
  return isDigest(digest) ? digest : undefined;
}
