import { fail } from '../model/error.js';
import { type ImageIndex, readImageIndex } from '../model/image-index.js';
import type { Image, Transport } from '../model/image.js';
import { expectString, field } from '../model/json.js';
import type { ImageSelector } from '../model/reference.js';
import { assembleImage, type BlobSource } from './assemble.js';
import type { OpenContext } from './context.js';
import { type Document, type Files, layoutBlobPath, readJson } from './files.js';
import type { ListedImage } from './listing.js';
import {
  createTreeReader,
  flattenTree,
  type ManifestNode,
  toSibling,
  type TreeReader,
} from './manifest-tree.js';
import {
  chooseEntry,
  choosePlatform,
  countTags,
  selectNodes,
  selectorText,
  wantedEntries,
} from './select.js';

/** The top of an OCI image layout, checked. */
export interface Layout {
  readonly source: BlobSource;
  readonly document: Document;
  readonly index: ImageIndex;
}

/**
 * Reads the marker and the index of an OCI image layout (OCI image-spec 1.1 image-layout.md). A missing `oci-layout` is
 * an anomaly, a wrong one E_MANIFEST. Throws E_NOT_AN_IMAGE without an index.json.
 */
export async function readLayout(files: Files, context: OpenContext): Promise<Layout> {
  const { anomalies, limits } = context;
  const marker = await files.find('oci-layout');
  if (marker === undefined) anomalies.add('layout-marker-absent', files.name);
  else {
    const { root } = readJson(marker, `oci-layout of ${files.name}`, limits, 'E_MANIFEST');
    const version = expectString(field(root, 'imageLayoutVersion'));
    if (version !== '1.0.0')
      fail(
        'E_MANIFEST',
        `opening ${files.name}: image layout version '${version.slice(0, 100)}', expected 1.0.0`,
      );
  }
  const range = await files.find('index.json');
  if (range === undefined)
    return fail('E_NOT_AN_IMAGE', `opening ${files.name}: it has an oci-layout file but no index.json`);
  const document = readJson(range, `index.json of ${files.name}`, limits, 'E_MANIFEST');
  return {
    source: { files, pathOf: layoutBlobPath },
    document,
    index: readImageIndex(document.root, '', anomalies, { mediaTypeOptional: true }),
  };
}

/** Opens one image of a layout. `label` is its name with transport, without selector. */
export async function openLayout(
  layout: Layout,
  transport: Transport,
  label: string,
  selector: ImageSelector | undefined,
  context: OpenContext,
): Promise<Image> {
  const { source, index } = layout;
  const tree = createTreeReader(source, context);
  const nodes = await tree.trees(index.manifests, wantedEntries(selector));
  const selected = selectNodes(nodes, index.manifests.length, selector, label);
  const chosen = chooseEntry(selected, nodes, selector, label, context);
  const leaf = await chooseLeaf(tree, chosen, label, context);
  const tags = chosen[0].tags;
  return assembleImage(
    source,
    {
      transport,
      name: selector === undefined ? label : `${label}:${selectorName(selector)}`,
      tags,
      descriptor: leaf.descriptor,
      document: await tree.document(leaf.descriptor),
      rawIndex: layout.document.raw,
      siblings: flattenTree([...chosen, ...nodes])
        .filter((node) => node.descriptor.digest !== leaf.descriptor.digest)
        .map(toSibling),
    },
    context,
  );
}

async function chooseLeaf(
  tree: TreeReader,
  chosen: readonly ManifestNode[],
  label: string,
  context: OpenContext,
): Promise<ManifestNode> {
  const [only] = chosen;
  if (chosen.length === 1 && only.role !== 'index') return only;
  if (chosen.length === 1 && !only.read) {
    // Reading it again says what is wrong with it.
    const { root } = await tree.document(only.descriptor);
    readImageIndex(root, only.descriptor.mediaType, context.anomalies);
  }
  return choosePlatform(chosen, label, context);
}

/** Returns the selector as it is written behind the path. */
export function selectorName(selector: ImageSelector): string {
  switch (selector.kind) {
    case 'tag':
      return selector.tag;
    case 'index':
      return `@${selector.index}`;
    case 'digest':
      return selector.digest;
  }
}

/** Returns every manifest of a layout, nested ones behind their index, in the order of index.json. */
export async function listLayout(
  layout: Layout,
  label: string,
  context: OpenContext,
): Promise<readonly ListedImage[]> {
  const nodes = await createTreeReader(layout.source, context).trees(layout.index.manifests);
  const counts = countTags(nodes);
  return nodes.flatMap((top) =>
    flattenTree([top]).map((node) => ({
      name: `${label}:${node === top ? selectorText(top, counts) : node.descriptor.digest}`,
      tags: node.tags,
      digest: node.descriptor.digest,
      role: node.role,
      platform: node.platform,
      present: node.present,
      nested: node !== top,
    })),
  );
}
