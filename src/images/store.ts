import { isDigest } from '../model/digest.js';
import { readDistributionName } from '../model/distribution-name.js';
import { fail, StrataError } from '../model/error.js';
import type { Image } from '../model/image.js';
import type { Limits } from '../model/limits.js';
import type { ImageSelector } from '../model/reference.js';
import { checkIndexNotLost } from '../store/layout.js';
import { DOCUMENT_LIMIT } from '../store/layout-names.js';
import { checkIsNotAFile } from '../store/not-a-file.js';
import type { OpenContext } from './context.js';
import { directoryFiles } from './directory-files.js';
import { holdLayout } from './hold-layout.js';
import type { ListedImage } from './listing.js';
import { type Layout, listLayout, openLayout, readLayout } from './oci.js';
import type { Held } from './source.js';
import { findStoredIn, type StoredImage, storedImages } from './stored.js';

/** Opens the image of that name, digest or ID in the store at `directory`; undefined when it is not there. */
export async function openFromStore(
  directory: string,
  name: string,
  context: OpenContext,
): Promise<Image | undefined> {
  const layout = await readStore(directory, context);
  if (layout === undefined) return undefined;
  try {
    return {
      ...(await openLayout(layout, 'store', 'store', selectorOf(name), context)),
      name: `store:${name}`,
    };
  } catch (thrown) {
    if (thrown instanceof StrataError && thrown.code === 'E_NOT_FOUND') return byId(layout, name, context);
    throw thrown;
  }
}

/** Returns what the name or digest means in the store, with all its platforms. Throws E_NOT_FOUND. */
export async function holdFromStore(
  directory: string,
  name: string,
  context: OpenContext,
): Promise<readonly Held[]> {
  const layout = await readStore(directory, context);
  if (layout === undefined)
    return fail('E_NOT_FOUND', `opening '${name}': no image of that name in the store`);
  return holdLayout(layout, 'store', 'store', selectorOf(name), context);
}

/** The image whose ID, which is the digest of its configuration, or manifest digest begins so. */
async function byId(layout: Layout, name: string, context: OpenContext): Promise<Image | undefined> {
  if (!/^(?:sha256:)?[0-9a-f]{4,64}$/.test(name)) return undefined;
  const found = findStoredIn(await storedImages(layout, context), name);
  if (found === undefined || found.name !== undefined) return undefined;
  const { image, problem } = found.stored;
  if (problem !== undefined) throw problem;
  return image && { ...image, name: `store:${name}` };
}

/** Returns every image of the store with its names; none when it was never written. */
export async function listStored(directory: string, context: OpenContext): Promise<readonly StoredImage[]> {
  const layout = await readStore(directory, context);
  return layout === undefined ? [] : storedImages(layout, context);
}

/** Returns everything the store holds; nothing when it was never written. */
export async function listStore(directory: string, context: OpenContext): Promise<readonly ListedImage[]> {
  const layout = await readStore(directory, context);
  return layout === undefined ? [] : listLayout(layout, 'store', context);
}

/** The store is an OCI image layout; one that does not exist yet is empty. */
async function readStore(directory: string, context: OpenContext): Promise<Layout | undefined> {
  const files = directoryFiles(directory, directory);
  checkIsNotAFile(directory);
  // The index is ours, and grows with what the user keeps.
  const limits: Limits = { ...context.limits, json: Math.max(context.limits.json, DOCUMENT_LIMIT) };
  try {
    if ((await files.find('index.json')) === undefined) {
      checkIndexNotLost(directory);
      return undefined;
    }
    return await readLayout(files, { ...context, limits });
  } catch (thrown) {
    if (thrown instanceof StrataError && (thrown.code === 'E_JSON' || thrown.code === 'E_MANIFEST'))
      fail('E_STORE_DAMAGED', thrown.message, {
        hint: '`strata fsck --repair` restores the last good one',
        cause: thrown,
      });
    throw thrown;
  }
}

function selectorOf(name: string): ImageSelector {
  if (isDigest(name)) return { kind: 'digest', digest: name };
  const id = `sha256:${name}`;
  if (isDigest(id)) return { kind: 'digest', digest: id };
  const parsed = readDistributionName(name);
  return !('why' in parsed) && isDigest(parsed.digest)
    ? { kind: 'digest', digest: parsed.digest }
    : { kind: 'tag', tag: name };
}
