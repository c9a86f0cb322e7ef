import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { fail, StrataError } from '../../model/error.js';
import { isAbsent } from '../../store/failure.js';
import { INDEX_FILE, isLayoutFile, LAYOUT_FILE, LAYOUT_TEXT } from '../../store/layout-names.js';
import {
  makeRef,
  parseRefIndex,
  type RefIndex,
  replaceRef,
  serializeRefIndex,
  type StoreRef,
} from '../../store/ref.js';
import { MEDIA_TYPE } from '../../model/media-type.js';
import { layoutBlobPath } from '../files.js';
import { manifestDescriptor } from './index-document.js';
import { isWhole } from './is-whole.js';
import { fullNameOf, ociAnnotations } from './name-annotations.js';
import { distinctBlobs, type Named } from './outgoing-image.js';
import { failTarget, targetDirectory } from './target-directory.js';

const EMPTY: RefIndex = {
  refs: [],
  json: { schemaVersion: 2, mediaType: MEDIA_TYPE.ociIndex, manifests: [] },
};
/** Bytes of an index.json at most. */
const INDEX_LIMIT = 64 * 1024 * 1024;

/**
 * Writes images into an image layout (OCI image-spec 1.1 image-layout.md), a new one or one that is there, whose other images
 * stay; a name that it has already, in any spelling, then means the new image. Blobs come first, index.json last and at once, so that the
 * layout is whole at every moment; what was written is removed again when it fails. Throws E_NOT_AN_IMAGE for a directory
 * that is something else, E_UNWRITABLE, E_DISK_FULL, and what reading the blobs throws.
 */
export async function writeLayout(
  images: readonly Named[],
  root: string,
  options: { readonly onBytes?: ((count: number) => void) | undefined } = {},
): Promise<void> {
  const doing = 'writing the image layout';
  const target = targetDirectory(root, doing, options.onBytes);
  const isThere = await checkLayout(root, doing);
  try {
    await target.makeDirectory('.');
    for (const blob of distinctBlobs(images.map(({ image }) => image))) {
      if (blob.read === undefined) continue;
      const place = layoutBlobPath(blob.digest);
      // What is there is not trusted for its name.
      if ((await target.size(place)) === blob.size && (await isWhole(path.join(root, place), blob))) {
        options.onBytes?.(blob.size);
        continue;
      }
      await target.makeDirectory(path.dirname(place));
      await target.writeFile(place, blob.read());
    }
    const index = isThere ? await readIndex(root, doing) : EMPTY;
    const refs = images.flatMap(({ image, names }) =>
      (names.length === 0 ? [undefined] : names).map((name) =>
        makeRef(name, manifestDescriptor(image, name === undefined ? new Map() : ociAnnotations(name))),
      ),
    );
    const next = refs.reduce<readonly StoreRef[]>((all, ref) => replaceFull(all, ref), index.refs);
    if (!isThere) await target.writeFile(LAYOUT_FILE, Buffer.from(LAYOUT_TEXT));
    await target.writeFile(INDEX_FILE, serializeRefIndex(index, next));
  } catch (thrown) {
    await target.undo();
    throw thrown;
  }
}

/** Returns `refs` with `ref` added, in place of what had its name, and of other images that had it in another spelling. */
function replaceFull(refs: readonly StoreRef[], ref: StoreRef): readonly StoreRef[] {
  const fullName = ({ name, json }: StoreRef): string | undefined => fullNameOf(json.annotations, name);
  const full = fullName(ref);
  const kept = refs.filter(
    (other) => full === undefined || other.digest === ref.digest || fullName(other) !== full,
  );
  return replaceRef(kept, ref);
}

/** Returns whether a layout is there; a directory that is empty or not there becomes one. */
async function checkLayout(root: string, doing: string): Promise<boolean> {
  const refuse = (): never =>
    fail('E_NOT_AN_IMAGE', `${doing} ${root}: it is there and is not an image layout`, {
      hint: 'name another directory, or one that is empty',
    });
  let names: readonly string[];
  try {
    if (!(await stat(root)).isDirectory()) refuse();
    names = await readdir(root);
  } catch (thrown) {
    return isAbsent(thrown) ? false : failTarget(doing, root, thrown);
  }
  if (names.length === 0) return false;
  const marker = await readFile(path.join(root, LAYOUT_FILE), 'utf8').catch(() => '');
  return isLayoutFile(marker) ? true : refuse();
}

async function readIndex(root: string, doing: string): Promise<RefIndex> {
  const file = path.join(root, INDEX_FILE);
  try {
    if ((await stat(file)).size > INDEX_LIMIT)
      fail('E_LIMIT', `${doing} ${root}: its index.json has more than ${String(INDEX_LIMIT)} bytes`);
    return parseRefIndex(await readFile(file), INDEX_FILE);
  } catch (thrown) {
    if (thrown instanceof StrataError && thrown.code === 'E_STORE_DAMAGED')
      return fail('E_MANIFEST', `${doing} ${root}: ${thrown.message.replace(/^.*?: /, '')}`);
    return isAbsent(thrown) ? EMPTY : failTarget(doing, root, thrown);
  }
}
