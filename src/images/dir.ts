import { createAnomalyLog } from '../model/anomaly.js';
import type { Descriptor } from '../model/descriptor.js';
import { type Digest, digestHex, parseDigest } from '../model/digest.js';
import { fail } from '../model/error.js';
import { readImageIndex } from '../model/image-index.js';
import type { Image } from '../model/image.js';
import { field } from '../model/json.js';
import { classifyDocument } from '../model/manifest.js';
import { MEDIA_TYPE } from '../model/media-type.js';
import { assembleImage, type BlobSource } from './assemble.js';
import type { OpenContext } from './context.js';
import { digestOf, type Files, readDocument, readJson } from './files.js';
import { createTreeReader, flattenTree, type ManifestNode, toSibling } from './manifest-tree.js';
import { choosePlatform } from './select.js';
import type { Held } from './source.js';

/**
 * Opens skopeo's `dir:` layout: manifest.json as it came, beside it each blob under the hex of its digest, and the
 * manifests of an index as `<hex>.manifest.json`. Throws E_NOT_AN_IMAGE without manifest.json.
 */
export async function openDir(files: Files, label: string, context: OpenContext): Promise<Image> {
  const { anomalies, limits } = context;
  await checkVersion(files, context);
  const range = await files.find('manifest.json');
  if (range === undefined)
    return fail('E_NOT_AN_IMAGE', `opening ${label}: it has no manifest.json`, {
      hint: 'for an OCI layout write oci:DIR, for a file tree rootfs:DIR',
    });
  const document = readJson(range, 'manifest.json', limits, 'E_MANIFEST');
  const source = dirSource(files);
  const kind = classifyDocument(document.root, '', createAnomalyLog());
  if (kind !== 'index') {
    const descriptor = ownDescriptor(document.raw, kind === 'schema1' ? MEDIA_TYPE.dockerSchema1Signed : '');
    const chosen = { transport: 'dir', name: label, tags: [], descriptor, document } as const;
    const image = await assembleImage(source, { ...chosen, rawIndex: undefined, siblings: [] }, context);
    // The digest of a schema 1 manifest is not that of its bytes: the signatures are left out.
    return kind === 'schema1' ? { ...image, descriptor: undefined } : image;
  }
  const index = readImageIndex(document.root, '', anomalies);
  const tree = createTreeReader(source, context);
  const nodes = await tree.trees(index.manifests);
  const leaf = choosePlatform(nodes, label, context);
  return assembleImage(
    source,
    {
      transport: 'dir',
      name: label,
      tags: [],
      descriptor: leaf.descriptor,
      document: await tree.document(leaf.descriptor),
      rawIndex: document.raw,
      siblings: flattenTree(nodes)
        .filter((node) => node !== leaf)
        .map(toSibling),
    },
    context,
  );
}

/** Returns what a `dir:` holds: an image, or an index with everything below it. Throws as {@link openDir}. */
export async function holdDir(files: Files, label: string, context: OpenContext): Promise<readonly Held[]> {
  const range = await files.find('manifest.json');
  const document = range && readJson(range, 'manifest.json', context.limits, 'E_MANIFEST');
  if (document === undefined || classifyDocument(document.root, '', createAnomalyLog()) !== 'index')
    return [{ kind: 'image', image: await openDir(files, label, context) }];
  const index = readImageIndex(document.root, '', context.anomalies);
  const below = dirSource(files);
  const descriptor = ownDescriptor(document.raw, index.mediaType ?? MEDIA_TYPE.ociIndex);
  const node: ManifestNode = {
    descriptor,
    role: 'index',
    tags: [],
    places: [0],
    present: true,
    read: true,
    platform: undefined,
    children: await createTreeReader(below, context).trees(index.manifests),
  };
  const manifestPathOf = (digest: Digest): string =>
    digest === descriptor.digest ? 'manifest.json' : `${digestHex(digest)}.manifest.json`;
  const open = async (digest: Digest): Promise<Image> => {
    const leaf = flattenTree([node]).find((one) => one.descriptor.digest === digest);
    if (leaf === undefined) return fail('E_NOT_FOUND', `opening ${label}: it has no image '${digest}'`);
    const read = await createTreeReader(below, context).document(leaf.descriptor);
    const chosen = { transport: 'dir', name: label, tags: [], descriptor: leaf.descriptor } as const;
    return assembleImage(below, { ...chosen, document: read, rawIndex: document.raw, siblings: [] }, context);
  };
  return [{ kind: 'tree', node, source: { ...below, manifestPathOf }, open }];
}

function dirSource(files: Files): BlobSource {
  return {
    files,
    pathOf: (digest) => digestHex(digest),
    manifestPathOf: (digest) => `${digestHex(digest)}.manifest.json`,
  };
}

function ownDescriptor(raw: Uint8Array, mediaType: string): Descriptor {
  return {
    mediaType,
    digest: parseDigest(digestOf(raw)),
    size: raw.length,
    urls: [],
    annotations: new Map(),
    platform: undefined,
    artifactType: undefined,
  };
}

/** True when the document in manifest.json is a manifest or index, as `dir:` has it, and not docker-archive's list. */
export async function isDir(files: Files, context: OpenContext): Promise<boolean> {
  const range = await files.find('manifest.json');
  if (range === undefined) return false;
  const { root } = readJson(range, 'manifest.json', context.limits, 'E_MANIFEST');
  return root.value instanceof Map && typeof field(root, 'schemaVersion').value === 'number';
}

const VERSION = /^Directory Transport Version: 1\.[0-9]+\s*$/;

async function checkVersion(files: Files, context: OpenContext): Promise<void> {
  const range = await files.find('version');
  if (range === undefined) return;
  const text = readDocument(range, 'version', context.limits).toString('latin1');
  if (!VERSION.test(text))
    fail(
      'E_MANIFEST',
      `opening ${files.name}: version '${text.slice(0, 100).trim()}', expected 1.1 or another 1.x`,
    );
}
