import type { Descriptor } from '../model/descriptor.js';
import { type Digest, isDigest } from '../model/digest.js';
import { canonicalName } from '../model/distribution-name.js';
import { fail } from '../model/error.js';

/** OCI image-spec 1.1, annotations.md: the name of a manifest in an image layout. */
const REF_NAME = 'org.opencontainers.image.ref.name';

export type JsonObject = Readonly<Record<string, unknown>>;

/** One descriptor of the store's index.json. */
export interface StoreRef {
  /** The name it is stored under; undefined for a manifest kept without one. */
  readonly name: string | undefined;
  readonly digest: Digest;
  /** Bytes of the manifest. */
  readonly size: number;
  readonly mediaType: string;
  /** The descriptor as it stands in index.json, fields unknown to strata included; written back as it is. */
  readonly json: JsonObject;
}

/** Returns the reference that gives the manifest `descriptor` this name. */
export function makeRef(name: string | undefined, descriptor: Descriptor): StoreRef {
  const annotations = new Map(descriptor.annotations);
  if (name === undefined) annotations.delete(REF_NAME);
  else annotations.set(REF_NAME, name);
  const { digest, size, mediaType, platform, artifactType, urls } = descriptor;
  const json = {
    mediaType,
    digest,
    size,
    ...(urls.length > 0 && { urls }),
    ...(annotations.size > 0 && { annotations: Object.fromEntries(annotations) }),
    ...(platform !== undefined && {
      platform: {
        architecture: platform.architecture,
        os: platform.os,
        ...(platform.osVersion !== undefined && { 'os.version': platform.osVersion }),
        ...(platform.variant !== undefined && { variant: platform.variant }),
      },
    }),
    ...(artifactType !== undefined && { artifactType }),
  };
  return { name, digest, size, mediaType, json };
}

/** Returns the same descriptor, unknown fields included, under another name. */
export function renameRef(ref: StoreRef, name: string): StoreRef {
  const annotations = isObject(ref.json.annotations) ? ref.json.annotations : {};
  return { ...ref, name, json: { ...ref.json, annotations: { ...annotations, [REF_NAME]: name } } };
}

/** Returns `refs` with `ref` added at the end, in place of what had its name. */
export function replaceRef(refs: readonly StoreRef[], ref: StoreRef): readonly StoreRef[] {
  const kept = refs.filter((other) =>
    ref.name === undefined
      ? other.name !== undefined || other.digest !== ref.digest
      : other.name !== ref.name,
  );
  return [...kept, ref];
}

/** Returns `refs` with `ref` added at the end, in place of what had its name in any spelling: `app` is `docker.io/library/app:latest`. */
export function replaceNamed(refs: readonly StoreRef[], ref: StoreRef): readonly StoreRef[] {
  const spelling = ref.name === undefined ? undefined : canonicalName(ref.name);
  return replaceRef(
    refs.filter(({ name }) => name === undefined || canonicalName(name) !== spelling),
    ref,
  );
}

/** index.json as read. */
export interface RefIndex {
  readonly refs: readonly StoreRef[];
  /** The whole document; everything but `manifests` is written back as it is. */
  readonly json: JsonObject;
}

/** Returns what the index.json at `file` says. Throws E_STORE_DAMAGED, naming the file and the field. */
export function parseRefIndex(bytes: Uint8Array, file: string): RefIndex {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (thrown) {
    return damaged(file, 'it is not JSON', thrown);
  }
  if (!isObject(json) || json.schemaVersion !== 2) return damaged(file, 'schemaVersion is not 2');
  if (!Array.isArray(json.manifests)) return damaged(file, 'manifests is not an array');
  return {
    refs: json.manifests.map((entry: unknown, at) => parseRef(entry, file, `manifests[${at}]`)),
    json,
  };
}

/** Returns the bytes of an index.json with these references; the same references give the same bytes. */
export function serializeRefIndex(index: RefIndex, refs: readonly StoreRef[]): Uint8Array {
  return Buffer.from(JSON.stringify({ ...index.json, manifests: refs.map((ref) => ref.json) }));
}

/** True for a JSON object, not an array and not null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseRef(json: unknown, file: string, where: string): StoreRef {
  if (!isObject(json)) return damaged(file, `${where} is not an object`);
  const { digest, size, mediaType, annotations } = json;
  if (!isDigest(digest)) return damaged(file, `${where}.digest is not a digest`);
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    return damaged(file, `${where}.size is not a size`);
  const name = isObject(annotations) ? annotations[REF_NAME] : undefined;
  return {
    name: typeof name === 'string' ? name : undefined,
    digest,
    size,
    mediaType: typeof mediaType === 'string' ? mediaType : '',
    json,
  };
}

function damaged(file: string, why: string, cause?: unknown): never {
  return fail('E_STORE_DAMAGED', `reading ${file}: ${why}`, {
    hint: '`strata fsck --repair` restores the last good one',
    cause,
  });
}
