import { parseDigest } from '../model/digest.js';
import { createAnomalyLog } from '../model/anomaly.js';
import type { Descriptor } from '../model/descriptor.js';
import { digestHex } from '../model/digest.js';
import { fail } from '../model/error.js';
import { readImageIndex } from '../model/image-index.js';
import type { Image } from '../model/image.js';
import { field } from '../model/json.js';
import { classifyDocument } from '../model/manifest.js';
import { MEDIA_TYPE } from '../model/media-type.js';
import { assembleImage, type BlobSource } from './assemble.js';
import type { OpenContext } from './context.js';
import { digestOf, type Files, readDocument, readJson } from './files.js';
import { createTreeReader, flattenTree, toSibling } from './manifest-tree.js';
import { choosePlatform } from './select.js';

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
  const document = await readJson(range, 'manifest.json', limits, 'E_MANIFEST');
  const source: BlobSource = {
    files,
    pathOf: (digest) => digestHex(digest),
    manifestPathOf: (digest) => `${digestHex(digest)}.manifest.json`,
  };
  const kind = classifyDocument(document.root, '', createAnomalyLog());
  if (kind !== 'index') {
    const descriptor: Descriptor = {
      mediaType: kind === 'schema1' ? MEDIA_TYPE.dockerSchema1Signed : '',
      digest: parseDigest(digestOf(document.raw)),
      size: document.raw.length,
      urls: [],
      annotations: new Map(),
      platform: undefined,
      artifactType: undefined,
    };
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

/** True when the document in manifest.json is a manifest or index, as `dir:` has it, and not docker-archive's list. */
export async function isDir(files: Files, context: OpenContext): Promise<boolean> {
  const range = await files.find('manifest.json');
  if (range === undefined) return false;
  const { root } = await readJson(range, 'manifest.json', context.limits, 'E_MANIFEST');
  return root.value instanceof Map && typeof field(root, 'schemaVersion').value === 'number';
}

const VERSION = /^Directory Transport Version: 1\.[0-9]+\s*$/;

async function checkVersion(files: Files, context: OpenContext): Promise<void> {
  const range = await files.find('version');
  if (range === undefined) return;
  const text = (await readDocument(range, 'version', context.limits)).toString('latin1');
  if (!VERSION.test(text))
    fail(
      'E_MANIFEST',
      `opening ${files.name}: version '${text.slice(0, 100).trim()}', expected 1.1 or another 1.x`,
    );
}
