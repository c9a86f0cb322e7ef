import { fail } from '../model/error.js';
import { formatPlatform, platformDistance } from '../model/platform.js';
import type { ImageSelector } from '../model/reference.js';
import type { OpenContext } from './context.js';
import { flattenTree, type ManifestNode, tagMatches } from './manifest-tree.js';

/** How many choices an error message lists. */
const LISTED = 20;

/** Returns what to write to open each node of the top index, as `FILE:tag` or `FILE:@2`. */
export function selectorText(
  node: Pick<ManifestNode, 'tags' | 'places'>,
  taken: ReadonlyMap<string, number>,
): string {
  const tag = node.tags.find((text) => taken.get(text) === 1);
  return tag ?? `@${node.places[0]}`;
}

/** Returns how many nodes carry each tag. */
export function countTags(nodes: readonly Pick<ManifestNode, 'tags'>[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const node of nodes) for (const tag of node.tags) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return counts;
}

/** Throws E_AMBIGUOUS, listing what to write instead. */
export function failAmbiguous(name: string, why: string, choices: readonly string[]): never {
  const listed = choices.slice(0, LISTED);
  const more = choices.length > LISTED ? `, and ${choices.length - LISTED} more` : '';
  return fail('E_AMBIGUOUS', `opening ${name}: ${why}: ${listed.join(', ')}${more}`, {
    hint: `choose one, for example ${name}:${listed[0]}`,
  });
}

/** Throws E_NOT_FOUND for a tag or index that is not there, listing those that are. */
export function failNotFound(name: string, asked: string, choices: readonly string[]): never {
  const listed = choices.slice(0, LISTED).join(', ');
  return fail('E_NOT_FOUND', `opening ${name}: it has no image '${asked}'`, {
    hint: choices.length === 0 ? 'it has no tags; write @0 for the first image' : `it has ${listed}`,
  });
}

/** Returns which entries of the top index must be read for a selector; undefined: all of them. */
export function wantedEntries(
  selector: ImageSelector | undefined,
): ((entry: Pick<ManifestNode, 'tags' | 'places'>) => boolean) | undefined {
  if (selector?.kind === 'tag') return (entry) => entry.tags.some((tag) => tagMatches(tag, selector.tag));
  if (selector?.kind === 'index') return (entry) => entry.places.includes(selector.index);
  return undefined;
}

/** Returns the nodes of the top index that the selector means; all of them without one. Throws E_NOT_FOUND. */
export function selectNodes(
  nodes: readonly ManifestNode[],
  entries: number,
  selector: ImageSelector | undefined,
  name: string,
): readonly ManifestNode[] {
  switch (selector?.kind) {
    case undefined:
      return nodes;
    case 'tag': {
      const exact = nodes.filter((node) => node.tags.includes(selector.tag));
      const found = exact.length > 0 ? exact : nodes.filter(wantedEntries(selector) ?? (() => false));
      return found.length > 0 ? found : failNotFound(name, selector.tag, choicesOf(nodes));
    }
    case 'index': {
      const found = nodes.filter((node) => node.places.includes(selector.index));
      const range = entries === 0 ? [] : [`@0 to @${entries - 1}`];
      return found.length > 0 ? found : failNotFound(name, `@${selector.index}`, range);
    }
    case 'digest': {
      const found = flattenTree(nodes).find((node) => node.descriptor.digest === selector.digest);
      return found === undefined ? failNotFound(name, selector.digest, choicesOf(nodes)) : [found];
    }
  }
}

function choicesOf(nodes: readonly ManifestNode[]): readonly string[] {
  const counts = countTags(nodes);
  return nodes.map((node) => selectorText(node, counts));
}

/** True when the node is, or may turn out to be, or leads to, an image. Indexes that share others are looked at once. */
function mayBeImage(node: ManifestNode): boolean {
  return flattenTree([node]).some(({ role, read }) => role === 'image' || (role === 'index' && !read));
}

/**
 * Returns the one node of the top index to open. Several that differ only in their platform are one image for many;
 * any others are ambiguous. Throws E_AMBIGUOUS, E_NOT_CONTAINER_IMAGE, E_MANIFEST for an empty index.
 */
export function chooseEntry(
  selected: readonly ManifestNode[],
  all: readonly ManifestNode[],
  selector: ImageSelector | undefined,
  name: string,
  context: OpenContext,
): readonly ManifestNode[] {
  if (selected.length === 0)
    fail('E_MANIFEST', `opening ${name}: its index is empty`, { hint: 'nothing was saved into it' });
  const images = selected.filter(mayBeImage);
  if (images.length === 0) {
    if (selected.length === 1) return selected;
    fail(
      'E_NOT_CONTAINER_IMAGE',
      `opening ${name}: its ${selected.length} manifests are artifacts or attestations`,
    );
  }
  if (images.length === 1) return images;
  const tags = new Set(images.flatMap((node) => node.tags));
  const sameTag = selector?.kind === 'tag';
  const byPlatform = images.every((node) => node.role === 'image' && node.descriptor.platform !== undefined);
  if (byPlatform && (tags.size <= 1 || sameTag)) return images;
  const counts = countTags(all);
  const choices = images.map((node) => selectorText(node, counts));
  if (sameTag) {
    context.anomalies.add('tag-ambiguous', name, selector.tag);
    return failAmbiguous(
      name,
      `${images.length} images have the tag '${selector.tag}'`,
      images.map((n) => `@${n.places[0]}`),
    );
  }
  return failAmbiguous(name, `it holds ${images.length} images`, choices);
}

/**
 * Returns the image for the platform asked for, or else for the host. The only image there is, or the only one whose
 * manifest is in the source, is taken whatever its platform when none was asked for. Throws E_PLATFORM.
 */
export function choosePlatform(
  nodes: readonly ManifestNode[],
  name: string,
  context: OpenContext,
): ManifestNode {
  const leaves = flattenTree(nodes).filter((node) => node.role === 'image');
  const here = leaves.filter((node) => node.present);
  if (leaves.length === 0)
    fail('E_NOT_CONTAINER_IMAGE', `opening ${name}: its index lists no container image`);
  if (leaves.length === 1) return leaves[0];
  if (context.platform === undefined && here.length === 1) return here[0];
  const wanted = context.platform ?? context.host;
  const fitting = leaves
    .map((node) => ({ node, distance: node.platform && platformDistance(node.platform, wanted) }))
    .filter((found) => found.distance !== undefined)
    .sort((a, b) => (a.distance ?? 0) - (b.distance ?? 0));
  if (fitting.length === 0) {
    const there = leaves.map((node) =>
      node.platform === undefined ? 'unknown' : formatPlatform(node.platform),
    );
    const listed = [...new Set(there)].slice(0, LISTED).join(', ');
    fail('E_PLATFORM', `opening ${name}: no image for ${formatPlatform(wanted)}; it has ${listed}`, {
      hint: 'choose one with --platform',
    });
  }
  const best = fitting.filter((found) => found.distance === fitting[0].distance);
  if (best.length > 1)
    context.anomalies.add(
      'platform-ambiguous',
      name,
      `${best.length} manifests for ${formatPlatform(wanted)}`,
    );
  return (best.find((found) => found.node.present) ?? best[0]).node;
}
