import { existsSync } from 'node:fs';
import { flattenTree, type ManifestNode } from '../../images/manifest-tree.js';
import type { Held } from '../../images/open.js';
import type { Destination } from '../../images/write/destination.js';
import { ociSpelling } from '../../images/write/name-annotations.js';
import { isTree, type Named, type OutgoingImage } from '../../images/write/outgoing-image.js';
import { canonicalName, familiarName, isDistributionName } from '../../model/distribution-name.js';
import { fail } from '../../model/error.js';
import type { Image } from '../../model/image.js';
import { formatPlatform } from '../../model/platform.js';
import { parseReference } from '../../model/reference.js';
import { plural } from '../../report/bytes.js';
import type { Context } from '../program/context.js';
import { sourceOptions } from './source-options.js';
import { ownNames } from './own-names.js';
import { refuseSameNames } from './same-names.js';
import { writeImages } from './write-images.js';

type HeldTree = Extract<Held, { readonly kind: 'tree' }>;

/**
 * Writes every image that a reference names, an index with all its platforms, as they are; a name of the destination is for
 * the only one, else each keeps its own. Under --strict `onImage` is told of each before anything is written.
 * Returns what was written. Throws E_USAGE where the destination cannot hold them.
 */
export async function copyAll(
  context: Context,
  asked: string,
  destination: Destination,
  { force, onImage }: { readonly force: boolean; readonly onImage: (image: Image) => void },
): Promise<readonly Named[]> {
  const { openAll } = await import('../../images/open.js');
  const { held, close } = await openAll(parseReference(asked, existsSync), sourceOptions(context));
  const { log } = context;
  try {
    if (context.strict) for await (const image of imagesOf(held)) onImage(image);
    const found = await joined(await outgoing(context, held, destination));
    const images = named(found, destination, asked);
    for (const { image } of images)
      for (const note of image.notes) log.info(`${image.manifest.digest}: ${note}`);
    await writeImages(context, images, destination, { force });
    return images;
  } finally {
    await close();
  }
}

/** Those of an index, too. */
async function* imagesOf(held: readonly Held[]): AsyncGenerator<Image> {
  for (const one of held)
    if (one.kind === 'image') yield one.image;
    else for (const { descriptor } of imagesBelow(one)) yield await one.open(descriptor.digest);
}

function imagesBelow({ node }: HeldTree): readonly ManifestNode[] {
  return flattenTree([node]).filter(({ role, present }) => role === 'image' && present);
}

async function outgoing(
  context: Context,
  held: readonly Held[],
  destination: Destination,
): Promise<readonly Named[]> {
  const [{ outgoingImage }, { outgoingTree }] = await Promise.all([
    import('../../images/write/outgoing.js'),
    import('../../images/write/outgoing-tree.js'),
  ]);
  const { limits, signal } = context;
  const classic = destination.transport === 'docker-archive';
  const found: Named[] = [];
  for (const one of held) {
    const alone = one.kind === 'image' ? one.image : classic ? await onlyImage(one) : undefined;
    const names = one.kind === 'image' ? one.image.tags : one.node.tags;
    if (alone !== undefined)
      found.push({ image: await outgoingImage(alone, { classic }, { limits, signal }), names });
    else if (one.kind === 'tree')
      found.push({ image: await outgoingTree(one.node, one.source, { limits, signal }), names });
  }
  return found;
}

/** The image of an index that has no other: what only a list of images can hold. */
async function onlyImage(tree: HeldTree): Promise<Image | undefined> {
  const images = imagesBelow(tree);
  return images.length === 1 ? tree.open(images[0].descriptor.digest) : undefined;
}

/**
 * Images of the same names that differ in their platforms are one for many platforms, as they are when one is opened. Nothing
 * says of those without a name that they belong together.
 */
async function joined(found: readonly Named[]): Promise<readonly Named[]> {
  const { joinPlatforms } = await import('../../images/write/outgoing-tree.js');
  const groups = new Map<string | number, Named[]>();
  for (const [i, one] of found.entries()) {
    const key = one.names.length === 0 ? i : JSON.stringify(one.names);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return [...groups.values()].flatMap((group) => {
    const images = group.map(({ image }) => image).filter((image): image is OutgoingImage => !isTree(image));
    const platforms = images.flatMap(({ platform }) =>
      platform === undefined ? [] : formatPlatform(platform),
    );
    const differ = group.length > 1 && new Set(platforms).size === group.length;
    return differ ? [{ image: joinPlatforms(images), names: group[0].names }] : group;
  });
}

/** Gives each its names there. Throws E_USAGE for a name that two would have, or none where one is needed. */
function named(found: readonly Named[], destination: Destination, asked: string): readonly Named[] {
  const given = nameIn(destination);
  const what = plural(found.length, 'image');
  if (given !== undefined || destination.transport === 'dir') {
    if (found.length !== 1)
      fail('E_USAGE', `copying all of ${asked}: it holds ${what}, and the destination is for one`, {
        hint: 'leave its name out, so that each keeps its own, or name one of the source: IMAGE:TAG',
      });
    return found.map(({ image }) => ({ image, names: given === undefined ? [] : [given] }));
  }
  const isStore = destination.transport === 'store';
  const needsName = isStore || destination.transport === 'docker-archive';
  const images = found.map(({ image, names }) => {
    const distinct = ownNames(names);
    const own = needsName ? distinct.filter(isDistributionName).map(familiarName) : distinct;
    if (own.length === 0 && isStore)
      fail(
        'E_USAGE',
        `copying all of ${asked}: ${image.manifest.digest} has no name that the store could have`,
        {
          hint: 'name one image of the source (IMAGE:TAG or IMAGE@DIGEST), and its name: store:NAME',
        },
      );
    return { image, names: own };
  });
  refuseSameNames(images, needsName ? canonicalName : ociSpelling, {
    doing: `copying all of ${asked}`,
    hint: 'copy them one by one, as IMAGE:@0 and IMAGE:@1',
  });
  return images;
}

function nameIn(destination: Destination): string | undefined {
  if (destination.transport === 'store') return destination.name === '' ? undefined : destination.name;
  return 'tag' in destination ? destination.tag : undefined;
}
