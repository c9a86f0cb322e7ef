import type { AnomalyLog } from './anomaly.js';
import { type Descriptor, readDescriptor } from './descriptor.js';
import { fail } from './error.js';
import { expectArray, field, isAbsent, type JsonNode, optionalString, stringMap } from './json.js';
import { noteKeyCase } from './key-case.js';
import { classifyDocument } from './manifest.js';
import { documentKind, isImageConfig } from './media-type.js';
import { isUnknownPlatform } from './platform.js';

/** OCI image-spec 1.1 image-index.md; a Docker manifest list has the same shape. */
export interface ImageIndex {
  readonly mediaType: string | undefined;
  readonly artifactType: string | undefined;
  readonly manifests: readonly Descriptor[];
  readonly annotations: ReadonlyMap<string, string>;
}

const KEYS = ['schemaVersion', 'mediaType', 'artifactType', 'manifests', 'subject', 'annotations'];

/** Reads an image index. A descriptor without a media type has '' for it; of the index itself it may be optional. Throws E_MANIFEST or E_DIGEST_INVALID. */
export function readImageIndex(
  root: JsonNode,
  declared: string,
  anomalies: AnomalyLog,
  options: { readonly mediaTypeOptional?: boolean } = {},
): ImageIndex {
  const kind = classifyDocument(root, declared, anomalies, options);
  if (kind !== 'index') fail('E_MANIFEST', `reading ${root.what}: an image ${kind}, expected an index`);
  noteKeyCase(root, KEYS, anomalies);
  const subject = field(root, 'subject');
  if (!isAbsent(subject)) readDescriptor(subject, anomalies);
  const manifests = field(root, 'manifests');
  const artifactType = optionalString(field(root, 'artifactType'));
  return {
    mediaType: optionalString(field(root, 'mediaType')),
    artifactType: artifactType === '' ? undefined : artifactType,
    // Docker's legacy exporter writes null when it had no image to list.
    manifests: isAbsent(manifests)
      ? []
      : expectArray(manifests).map((node) => {
          const descriptor = readDescriptor(node, anomalies, { mediaTypeOptional: true });
          if (descriptor.mediaType === '')
            anomalies.add('manifest-media-type-absent', `${node.what}: ${node.path}`);
          return descriptor;
        }),
    annotations: stringMap(field(root, 'annotations')),
  };
}

/** What a descriptor says of its manifest before that is read. */
export type DescriptorRole = 'image' | 'attestation' | 'artifact' | 'index' | 'unknown';

/** Returns what an index entry says it is; an `image` may still turn out to be an artifact when its manifest is read. */
export function descriptorRole(descriptor: Descriptor): DescriptorRole {
  if (descriptor.annotations.get('vnd.docker.reference.type') !== undefined) return 'attestation';
  if (descriptor.platform !== undefined && isUnknownPlatform(descriptor.platform)) return 'attestation';
  if (descriptor.artifactType !== undefined && !isImageConfig(descriptor.artifactType)) return 'artifact';
  if (descriptor.mediaType === '') return 'image';
  const kind = documentKind(descriptor.mediaType);
  if (kind === undefined) return 'unknown';
  return kind === 'index' ? 'index' : 'image';
}
