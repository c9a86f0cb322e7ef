import { lstatSync, type Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { kindOf, readRegular, UnfitFileError } from '../../io/regular-file.js';
import { fail, StrataError } from '../../model/error.js';
import { isAbsent } from '../../store/failure.js';
import {
  BLOBS,
  DOCUMENT_LIMIT,
  INDEX_FILE,
  isLayoutFile,
  LAYOUT_FILE,
  LAYOUT_TEXT,
} from '../../store/layout-names.js';
import {
  makeRef,
  parseRefIndex,
  type RefIndex,
  replaceRef,
  serializeRefIndex,
  type StoreRef,
} from '../../store/ref.js';
import { MEDIA_TYPE } from '../../model/media-type.js';
import { LINK_HINT } from '../directory-files.js';
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

/**
 * Writes images into an image layout (OCI image-spec 1.1 image-layout.md), a new one or one that is there, whose other images
 * stay; a name that it has already, in any spelling, then means the new image. Blobs come first, index.json last and at once, so that the
 * layout is whole at every moment; what was written is removed again when it fails. Throws E_NOT_AN_IMAGE for a directory
 * that is something else, or has a link or device where a layout has a file or directory, E_UNWRITABLE,
 * E_DISK_FULL, and what reading the blobs throws.
 */
export async function writeLayout(
  images: readonly Named[],
  root: string,
  options: {
    readonly onBytes?: ((count: number) => void) | undefined;
    readonly signal?: AbortSignal | undefined;
  } = {},
): Promise<void> {
  const doing = 'writing the image layout';
  const target = targetDirectory(root, doing, options.onBytes);
  const isThere = await checkLayout(root, doing);
  const blobs = distinctBlobs(images.map(({ image }) => image));
  const places = blobs.map(({ digest }) => layoutBlobPath(digest));
  if (isThere) checkParts(root, places, doing);
  try {
    await target.makeDirectory('.');
    for (const blob of blobs) {
      if (blob.read === undefined) continue;
      const place = layoutBlobPath(blob.digest);
      // What is there is not trusted for its name.
      if (
        (await target.size(place)) === blob.size &&
        (await isWhole(path.join(root, place), blob, options.signal))
      ) {
        options.onBytes?.(blob.size);
        continue;
      }
      await target.makeDirectory(path.dirname(place));
      await target.writeFile(place, blob.read());
    }
    const index = isThere ? readIndex(root, doing) : EMPTY;
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
  let marker: Buffer;
  try {
    marker = readRegular(path.join(root, LAYOUT_FILE), DOCUMENT_LIMIT);
  } catch (thrown) {
    return thrown instanceof UnfitFileError
      ? failPart(root, LAYOUT_FILE, doing, thrown.message, thrown.isLink)
      : refuse();
  }
  return isLayoutFile(marker.toString()) ? true : refuse();
}

/**
 * Throws unless what is there of a layout is what it should be: whoever made it may have put a link there, and what is written
 * through that is written somewhere else.
 */
function checkParts(root: string, blobs: readonly string[], doing: string): void {
  const look = (place: string): Stats | undefined => {
    try {
      return lstatSync(place, { throwIfNoEntry: false });
    } catch (thrown) {
      return failTarget(doing, root, thrown);
    }
  };
  const folders = [BLOBS, ...new Set(blobs.map((blob) => path.dirname(blob)))];
  for (const name of [...folders, INDEX_FILE, ...blobs]) {
    const stats = look(path.join(root, name));
    if (stats === undefined) continue;
    const isFolder = folders.includes(name);
    if (isFolder ? stats.isDirectory() : stats.isFile()) continue;
    const wanted = isFolder ? 'a directory' : 'a regular file';
    failPart(root, name, doing, `it is ${kindOf(stats)}, not ${wanted}`, stats.isSymbolicLink());
  }
}

function failPart(root: string, name: string, doing: string, why: string, isLink: boolean): never {
  return fail('E_NOT_AN_IMAGE', `${doing} ${root}: ${name}: ${why}`, isLink ? { hint: LINK_HINT } : {});
}

function readIndex(root: string, doing: string): RefIndex {
  try {
    return parseRefIndex(readRegular(path.join(root, INDEX_FILE), DOCUMENT_LIMIT), INDEX_FILE);
  } catch (thrown) {
    if (thrown instanceof UnfitFileError)
      return failPart(root, INDEX_FILE, doing, thrown.message, thrown.isLink);
    if (thrown instanceof StrataError && thrown.code === 'E_STORE_DAMAGED')
      return fail('E_MANIFEST', `${doing} ${root}: ${thrown.message.replace(/^.*?: /, '')}`);
    return isAbsent(thrown) ? EMPTY : failTarget(doing, root, thrown);
  }
}
