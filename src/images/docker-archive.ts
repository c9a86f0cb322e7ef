import { createBreather } from '../io/breathe.js';
import type { ByteRange } from '../model/byte-range.js';
import { type Digest, parseDigest } from '../model/digest.js';
import { canonicalName } from '../model/distribution-name.js';
import { type DockerManifest, promisedDigest, readDockerManifests } from '../model/docker-manifest.js';
import { fail } from '../model/error.js';
import { readImageConfig } from '../model/image-config.js';
import type { Image, LayerContent } from '../model/image.js';
import { parseJson } from '../model/json-parse.js';
import { dockerLayerMediaType } from '../model/media-type.js';
import type { Platform } from '../model/platform.js';
import type { ImageSelector } from '../model/reference.js';
import { type ArchiveFiles, memberPath } from './archive-files.js';
import { checkPlatform, imagePlatform, type LayerOrigin, stackLayers } from './assemble.js';
import type { OpenContext } from './context.js';
import { digestOf, type Document, readDocument, readJson } from './files.js';
import { blobContent } from './layer-blob.js';
import type { ListedImage } from './listing.js';
import { selectorName } from './oci.js';
import { failAmbiguous, failNotFound } from './select.js';
import type { Held } from './source.js';

/** A docker-archive's manifest.json, and the archive. */
export interface DockerArchive {
  readonly files: ArchiveFiles;
  readonly document: Document;
  readonly manifests: readonly DockerManifest[];
}

/** Reads manifest.json, the top of what `docker save`, podman, crane and kaniko write. Throws E_NOT_AN_IMAGE without it. */
export async function readDockerArchive(files: ArchiveFiles, context: OpenContext): Promise<DockerArchive> {
  const range = await files.resolve('manifest.json');
  if (range === undefined)
    return fail('E_NOT_AN_IMAGE', `opening ${files.name}: it has no manifest.json`, {
      hint: files.has('repositories')
        ? 'it was saved by Docker before 1.10; load it into a newer Docker and save it again'
        : 'for an OCI archive write oci-archive:FILE, for a file tree rootfs:FILE',
    });
  const document = readJson(range, 'manifest.json', context.limits, 'E_MANIFEST');
  return {
    files,
    document,
    manifests: readDockerManifests(document.root, context.limits, context.anomalies),
  };
}

/** Opens one image of a docker-archive. `label` is its name with transport, without selector. */
export async function openDockerArchive(
  archive: DockerArchive,
  label: string,
  selector: ImageSelector | undefined,
  context: OpenContext,
): Promise<Image> {
  const { files } = archive;
  const { anomalies, limits } = context;
  const { manifest, tags } = selectManifest(archive.manifests, selector, label, context);
  const rawConfig = await readConfig(files, manifest.config, context);
  const root = parseJson(rawConfig, `image configuration ${manifest.config}`, limits, 'E_CONFIG');
  const config = readImageConfig(root, limits, anomalies);
  const platform = imagePlatform(config, undefined, anomalies);
  checkPlatform(platform, context, label);
  const origins: LayerOrigin[] = [];
  const contents: LayerContent[] = [];
  for (const [index, given] of manifest.layers.entries()) {
    const where = `layer ${index + 1}`;
    const path = cleanPath(given, `Layers[${index}]`);
    const digest = path.startsWith('blobs/') ? promisedDigest(path) : undefined;
    const stated = digest === undefined ? undefined : manifest.mediaTypes.get(digest);
    const range = await files.resolve(path);
    if (range === undefined) {
      anomalies.add('layer-absent', where, path);
      contents.push({ kind: 'absent', why: 'missing' });
      origins.push({ mediaType: stated ?? dockerLayerMediaType('none'), digest });
    } else {
      const content = blobContent(range, undefined, where, anomalies);
      contents.push(content);
      origins.push({
        mediaType: stated ?? dockerLayerMediaType(content.compression),
        digest,
        size: range.length,
      });
    }
  }
  return {
    transport: 'docker-archive',
    name: selector === undefined ? label : `${label}:${selectorName(selector)}`,
    tags,
    platform,
    descriptor: undefined,
    rawManifest: manifest.raw,
    rawConfig,
    rawIndex: archive.document.raw,
    config,
    annotations: new Map(),
    layers: stackLayers(origins, contents, config, anomalies),
    siblings: [],
    anomalies: anomalies.list,
  };
}

/** Opens every image of a docker-archive that the selector means. Throws as {@link openDockerArchive}. */
export async function holdDockerArchive(
  archive: DockerArchive,
  label: string,
  selector: ImageSelector | undefined,
  context: OpenContext,
): Promise<readonly Held[]> {
  if (selector !== undefined)
    return [{ kind: 'image', image: await openDockerArchive(archive, label, selector, context) }];
  const held: Held[] = [];
  for (const { places } of mergeManifests(archive.manifests))
    held.push({
      kind: 'image',
      image: await openDockerArchive(archive, label, { kind: 'index', index: places[0] }, context),
    });
  return held;
}

/** Returns the path of a member as manifest.json names it. Throws E_MANIFEST for a path that could leave the archive. */
function cleanPath(given: string, where: string): string {
  return (
    memberPath(given) ??
    fail(
      'E_MANIFEST',
      `reading manifest.json: ${where} '${given.slice(0, 200)}' is not a path inside the archive`,
    )
  );
}

/**
 * Returns the bytes of the configuration. Its name is its digest by convention only (Docker computes it anew), so bytes
 * that do not have it are an anomaly of severity error, not the end.
 */
async function readConfig(files: ArchiveFiles, given: string, context: OpenContext): Promise<Uint8Array> {
  const path = cleanPath(given, 'Config');
  const range = await files.resolve(path);
  if (range === undefined)
    return fail('E_BLOB_MISSING', `reading ${files.name}: its configuration '${path}' is not in the archive`);
  const bytes = readDocument(range, `image configuration ${path}`, context.limits);
  const promised = promisedDigest(path);
  if (promised !== undefined && digestOf(bytes) !== promised)
    context.anomalies.add('config-digest-mismatch', path, `the bytes have digest ${digestOf(bytes)}`);
  return bytes;
}

interface Selected {
  readonly manifest: DockerManifest;
  readonly tags: readonly string[];
}

/** Entries with the same configuration and layers are one image under several names. */
function mergeManifests(manifests: readonly DockerManifest[]): readonly (Selected & { places: number[] })[] {
  const merged = new Map<string, Selected & { tags: string[]; places: number[] }>();
  for (const [place, manifest] of manifests.entries()) {
    const key = JSON.stringify([manifest.config, manifest.layers]);
    const before = merged.get(key) ?? { manifest, tags: [], places: [] };
    merged.set(key, before);
    before.places.push(place);
    // Not spread: a hostile manifest has more tags than a call may have arguments.
    for (const tag of manifest.repoTags) before.tags.push(tag);
  }
  return [...merged.values()];
}

function selectManifest(
  manifests: readonly DockerManifest[],
  selector: ImageSelector | undefined,
  label: string,
  context: OpenContext,
): Selected {
  const images = mergeManifests(manifests);
  const owners = new Map<string, number>();
  for (const image of images) {
    const names = image.tags.map(canonicalName);
    if (new Set(names).size < names.length) context.anomalies.add('tag-ambiguous', label, image.tags[0]);
    for (const name of new Set(names)) owners.set(name, (owners.get(name) ?? 0) + 1);
  }
  const choice = (image: (typeof images)[number]): string =>
    image.tags.find((tag) => owners.get(canonicalName(tag)) === 1) ?? `@${image.places[0]}`;
  const unique = (found: typeof images, why: string): Selected => {
    if (found.length > 1) failAmbiguous(label, why, found.map(choice));
    const [{ manifest, tags }] = found;
    for (const tag of tags)
      if (owners.get(canonicalName(tag)) !== 1) context.anomalies.add('tag-ambiguous', label, tag);
    return { manifest, tags: [...new Set(tags)] };
  };
  const found = images.filter((image) => {
    if (selector === undefined) return true;
    if (selector.kind === 'index') return image.places.includes(selector.index);
    if (selector.kind === 'digest') return promisedDigest(image.manifest.config) === selector.digest;
    return image.tags.some((tag) => canonicalName(tag) === canonicalName(selector.tag));
  });
  if (selector === undefined) return unique(found, `it holds ${images.length} images`);
  if (found.length > 0)
    return unique(found, `${found.length} images have the name '${selectorName(selector)}'`);
  return selector.kind === 'index'
    ? failNotFound(label, `@${selector.index}`, [`@0 to @${manifests.length - 1}`])
    : failNotFound(label, selectorName(selector), images.map(choice));
}

/** Returns the images of a docker-archive, in the order of manifest.json. */
export async function listDockerArchive(
  archive: DockerArchive,
  label: string,
  context: OpenContext,
): Promise<readonly ListedImage[]> {
  const listed: ListedImage[] = [];
  const owners = new Map<string, number>();
  for (const manifest of archive.manifests)
    for (const tag of new Set(manifest.repoTags.map(canonicalName)))
      owners.set(tag, (owners.get(tag) ?? 0) + 1);
  // Many entries may name one configuration, which is then read and parsed once.
  const configs = new Map<number, ListedConfig>();
  const breathe = createBreather(context.signal);
  for (const [place, manifest] of archive.manifests.entries()) {
    const path = memberPath(manifest.config);
    const range = path === undefined ? undefined : await archive.files.resolve(path);
    let config: ListedConfig | undefined;
    if (range !== undefined) {
      config = configs.get(range.offset) ?? readListedConfig(range, manifest.config, context);
      configs.set(range.offset, config);
      await breathe(range.length);
    }
    listed.push({
      name: `${label}:${manifest.repoTags.find((tag) => owners.get(canonicalName(tag)) === 1) ?? `@${place}`}`,
      tags: manifest.repoTags,
      digest: config?.digest ?? promisedDigest(manifest.config),
      role: 'image',
      platform: config?.platform,
      present: range !== undefined,
      nested: false,
    });
  }
  return listed;
}

interface ListedConfig {
  readonly digest: Digest;
  readonly platform: Platform | undefined;
}

function readListedConfig(range: ByteRange, name: string, context: OpenContext): ListedConfig {
  const { anomalies, limits } = context;
  const { raw, root } = readJson(range, `image configuration ${name}`, limits, 'E_CONFIG');
  return {
    digest: parseDigest(digestOf(raw)),
    platform: imagePlatform(readImageConfig(root, limits, anomalies), undefined, anomalies),
  };
}
