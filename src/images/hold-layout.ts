import type { Image, Transport } from '../model/image.js';
import type { ImageSelector } from '../model/reference.js';
import type { OpenContext } from './context.js';
import { createTreeReader, type ManifestNode } from './manifest-tree.js';
import { type Layout, openLayout } from './oci.js';
import { selectNodes, wantedEntries } from './select.js';
import type { Held } from './source.js';

/**
 * Returns what a layout holds that the selector means, all of it without one: an index with everything below it, an image
 * alone, an artifact. Throws E_NOT_FOUND, and what opening an image throws.
 */
export async function holdLayout(
  layout: Layout,
  transport: Transport,
  label: string,
  selector: ImageSelector | undefined,
  context: OpenContext,
): Promise<readonly Held[]> {
  const { source, index } = layout;
  const tree = createTreeReader(source, context);
  const nodes = await tree.trees(index.manifests, wantedEntries(selector));
  const open = (node: Pick<ManifestNode, 'descriptor'>): Promise<Image> =>
    openLayout(layout, transport, label, { kind: 'digest', digest: node.descriptor.digest }, context);
  const held: Held[] = [];
  for (const node of selectNodes(nodes, index.manifests.length, selector, label))
    held.push(
      node.role === 'image' || !node.read
        ? { kind: 'image', image: { ...(await open(node)), tags: node.tags } }
        : {
            kind: 'tree',
            node,
            source,
            open: (digest) => open({ descriptor: { ...node.descriptor, digest } }),
          },
    );
  return held;
}
