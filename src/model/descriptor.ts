import type { AnomalyLog } from './anomaly.js';
import type { Digest } from './digest.js';
import { parseDigest } from './digest.js';
import { fail } from './error.js';
import {
  expectArray,
  expectSize,
  expectString,
  field,
  isAbsent,
  type JsonNode,
  optionalString,
  rejectNode,
  stringMap,
} from './json.js';
import { noteKeyCase } from './key-case.js';
import { isMediaType } from './media-type.js';
import { type Platform, readPlatform } from './platform.js';

/** OCI image-spec 1.1 descriptor.md. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes; a safe non-negative integer. */
  readonly size: number;
  readonly urls: readonly string[];
  readonly annotations: ReadonlyMap<string, string>;
  readonly platform: Platform | undefined;
  readonly artifactType: string | undefined;
}

const KEYS = ['mediaType', 'digest', 'size', 'urls', 'annotations', 'data', 'artifactType', 'platform'];
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** An RFC 3986 URI has a scheme. */
const URI = /^[A-Za-z][A-Za-z0-9+.-]*:/;

/**
 * Reads a descriptor. A media type that is absent or breaks RFC 6838 is recorded as `media-type-invalid` and kept as it
 * is ('' when absent): what the bytes are can be told without it. In an index its absence is common and left to the
 * caller to record (`mediaTypeOptional`). Throws the node's code (E_MANIFEST) on whatever else breaks a MUST of
 * descriptor.md, E_DIGEST_INVALID on the digest, E_SIZE_MISMATCH on embedded data.
 */
export function readDescriptor(
  node: JsonNode,
  anomalies: AnomalyLog,
  options: { readonly mediaTypeOptional?: boolean } = {},
): Descriptor {
  noteKeyCase(node, KEYS, anomalies);
  const mediaType = readMediaType(field(node, 'mediaType'), anomalies, options.mediaTypeOptional === true);
  const digestNode = field(node, 'digest');
  const digest = parseDigest(digestNode.value, `${digestNode.path} of ${node.what}`);
  const size = expectSize(field(node, 'size'));
  const descriptor: Descriptor = {
    mediaType,
    digest,
    size,
    urls: readUrls(field(node, 'urls')),
    annotations: stringMap(field(node, 'annotations')),
    platform: readPlatform(field(node, 'platform')),
    artifactType: readMediaType(field(node, 'artifactType'), anomalies, true) || undefined,
  };
  checkData(field(node, 'data'), size);
  if (descriptor.urls.length > 0) anomalies.add('descriptor-urls', node.path, descriptor.urls.join(' '));
  return descriptor;
}

function readMediaType(node: JsonNode, anomalies: AnomalyLog, optional: boolean): string {
  const text = optionalString(node);
  const tolerated = text === undefined && optional;
  if (!tolerated && !isMediaType(text ?? ''))
    anomalies.add('media-type-invalid', `${node.what}: ${node.path}`, text?.slice(0, 200) ?? 'absent');
  return text ?? '';
}

function readUrls(node: JsonNode): readonly string[] {
  if (isAbsent(node)) return [];
  return expectArray(node).map((element) => {
    const url = expectString(element);
    return URI.test(url) ? url : rejectNode(element, 'a URI with a scheme');
  });
}

/** The embedded copy is never used instead of the blob, but it must be able to be one. */
function checkData(node: JsonNode, size: number): void {
  const data = optionalString(node);
  if (data === undefined) return;
  if (!BASE64.test(data)) rejectNode(node, 'base64');
  const bytes = (data.length / 4) * 3 - (data.endsWith('==') ? 2 : data.endsWith('=') ? 1 : 0);
  if (bytes !== size)
    fail(
      'E_SIZE_MISMATCH',
      `reading ${node.what}: ${node.path} holds ${bytes} bytes, the descriptor says ${size}`,
    );
}
