import { createAnomalyLog } from '../model/anomaly.js';
import type { Digest } from '../model/digest.js';
import { parseDigest } from '../model/digest.js';
import { canonicalName } from '../model/distribution-name.js';
import { fail, StrataError } from '../model/error.js';
import type { Image } from '../model/image.js';
import type { OpenContext } from './context.js';
import { digestOf } from './files.js';
import { type Layout, openLayout } from './oci.js';

/** A manifest of the store and every name it has there. */
export interface StoredImage {
  /** Of the manifest or index that the names mean. */
  readonly digest: Digest;
  /** Of its configuration: what docker calls the image's ID; undefined when it cannot be opened. */
  readonly id: Digest | undefined;
  /** As index.json has them; undefined for an entry without one. */
  readonly names: readonly (string | undefined)[];
  /** For the platform asked for, else the host's; undefined when it cannot be opened. */
  readonly image: Image | undefined;
  /** Why it cannot be opened. */
  readonly problem: StrataError | undefined;
}

/** Opens every image of a store's layout, each digest once, in the order of index.json. Throws E_INTERRUPTED alone. */
export async function storedImages(layout: Layout, context: OpenContext): Promise<readonly StoredImage[]> {
  const names = new Map<Digest, (string | undefined)[]>();
  for (const { digest, annotations } of layout.index.manifests) {
    const name = annotations.get('org.opencontainers.image.ref.name');
    const known = names.get(digest);
    if (known === undefined) names.set(digest, [name]);
    else known.push(name);
  }
  const found: StoredImage[] = [];
  for (const [digest, own] of names) {
    const manifests = layout.index.manifests.filter((entry) => entry.digest === digest);
    const alone: Layout = { ...layout, index: { ...layout.index, manifests } };
    try {
      const image = await openLayout(alone, 'store', 'store', undefined, {
        ...context,
        anomalies: createAnomalyLog(),
      });
      found.push({ digest, id: idOf(image), names: own, image, problem: undefined });
    } catch (thrown) {
      if (!(thrown instanceof StrataError) || thrown.code === 'E_INTERRUPTED') throw thrown;
      found.push({ digest, id: undefined, names: own, image: undefined, problem: thrown });
    }
  }
  return found;
}

function idOf({ rawConfig }: Image): Digest | undefined {
  return rawConfig === undefined ? undefined : parseDigest(digestOf(rawConfig));
}

/** What a person means by a name, an ID or the beginning of one. */
export interface FoundImage {
  readonly stored: StoredImage;
  /** The name as index.json has it, undefined when it was asked for by its ID or digest. */
  readonly name: string | undefined;
}

/**
 * Returns the image of the store that has this name in any spelling, this ID or digest, or the only one whose ID or digest
 * begins so. Throws E_NOT_FOUND, E_AMBIGUOUS.
 */
export function findStored(images: readonly StoredImage[], asked: string): FoundImage {
  const found = findStoredIn(images, asked);
  if (found !== undefined) return found;
  return fail('E_NOT_FOUND', `looking for image '${asked}': it is not in the store`, {
    hint: 'strata images lists those that are',
  });
}

/** The same; undefined when there is none. Throws E_AMBIGUOUS. */
export function findStoredIn(images: readonly StoredImage[], asked: string): FoundImage | undefined {
  const spelling = canonicalName(asked);
  for (const wanted of [(name: string) => name === asked, (name: string) => canonicalName(name) === spelling])
    for (const stored of images) {
      const name = stored.names.find((own) => own !== undefined && wanted(own));
      if (name !== undefined) return { stored, name };
    }
  const hex = /^(?:[^@]*@)?(?:sha256:)?([0-9a-f]{2,64})$/.exec(asked)?.[1];
  if (hex === undefined) return undefined;
  const begun = images.filter(({ digest, id }) =>
    [digest, id].some((own) => own?.startsWith(`sha256:${hex}`) === true),
  );
  if (begun.length > 1)
    fail('E_AMBIGUOUS', `looking for image '${asked}': ${String(begun.length)} IDs and digests begin so`, {
      hint: 'write more of it',
    });
  return begun.length === 0 ? undefined : { stored: begun[0], name: undefined };
}
