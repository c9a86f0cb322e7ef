import {
  canonicalName,
  isDistributionName,
  isTagAlone,
  readDistributionName,
} from '../../model/distribution-name.js';
import { isObject } from '../../store/ref.js';

/** What index.json calls a manifest, by the name that it is written under. */
export type NameAnnotations = (name: string) => ReadonlyMap<string, string>;

const REF_NAME = 'org.opencontainers.image.ref.name';
const IMAGE_NAME = 'io.containerd.image.name';

/**
 * Returns the annotations of an OCI layout: the name as it is, by which skopeo and umoci choose; where it has a repository,
 * in full beside it, by which docker load and podman load call the image.
 */
export function ociAnnotations(name: string): ReadonlyMap<string, string> {
  return new Map([...(isFull(name) ? [[IMAGE_NAME, canonicalName(name)] as const] : []), [REF_NAME, name]]);
}

/** Returns the one spelling of a name in an OCI layout: in full where {@link ociAnnotations} has it in full, else as it is. */
export function ociSpelling(name: string): string {
  return isFull(name) ? canonicalName(name) : name;
}

/** Returns what docker load and podman load call the entry of an index.json that has these annotations and this name. */
export function fullNameOf(annotations: unknown, name: string | undefined): string | undefined {
  const stated = isObject(annotations) ? annotations[IMAGE_NAME] : undefined;
  if (typeof stated === 'string') return canonicalName(stated);
  return name !== undefined && isFull(name) ? canonicalName(name) : undefined;
}

function isFull(name: string): boolean {
  return !isTagAlone(name) && isDistributionName(name);
}

/**
 * Returns those of a docker-archive whose images have all these names: the tag alone as the one to choose by, as docker save
 * has it, but in full where another name has the same tag.
 */
export function dockerAnnotations(names: readonly string[]): NameAnnotations {
  const counts = new Map<string, number>();
  for (const name of names) {
    const tag = tagOf(name) ?? '';
    counts.set(tag, (counts.get(tag) ?? 0) + 1);
  }
  return (name) => {
    const tag = tagOf(name);
    if (tag !== undefined && counts.get(tag) !== 1) return ociAnnotations(name);
    return new Map([
      [IMAGE_NAME, canonicalName(name)],
      ...(tag === undefined ? [] : ([[REF_NAME, tag]] as const)),
    ]);
  };
}

function tagOf(name: string): string | undefined {
  const parsed = readDistributionName(canonicalName(name));
  return 'why' in parsed ? undefined : parsed.tag;
}
