import { randomBytes } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { fail } from '../../model/error.js';
import { digestHex } from '../../model/digest.js';
import { errnoOf, isAbsent } from '../../store/failure.js';
import { isTree, type Outgoing, type OutgoingBlob } from './outgoing-image.js';
import { failTarget, targetDirectory } from './target-directory.js';

/** As containers/image writes it (containers-transports(5), "dir:"). */
const VERSION = 'Directory Transport Version: 1.1\n';

/**
 * Writes an image as skopeo's `dir:`: manifest.json, each blob under the hex of its digest, and the manifests of an index as
 * `<hex>.manifest.json`. The directory has its name
 * when it is whole. Throws E_EXISTS unless there is none or it is empty, E_NOT_FOUND, E_UNWRITABLE, E_DISK_FULL.
 */
export async function writeDir(
  image: Outgoing,
  root: string,
  options: { readonly onBytes?: ((count: number) => void) | undefined } = {},
): Promise<void> {
  const doing = 'writing the directory';
  const refuse = (): never =>
    fail('E_EXISTS', `${doing} ${root}: it is there already`, { hint: 'name another directory' });
  const present = await readdir(root).catch((thrown: unknown) =>
    isAbsent(thrown) && errnoOf(thrown) === 'ENOENT'
      ? []
      : errnoOf(thrown) === 'ENOTDIR'
        ? refuse()
        : failTarget(doing, root, thrown),
  );
  if (present.length > 0) refuse();
  const own = path.join(path.dirname(path.resolve(root)), `.strata-${randomBytes(6).toString('hex')}`);
  const target = targetDirectory(own, doing, options.onBytes, root);
  try {
    await target.makeDirectory('.');
    await target.writeFile('version', Buffer.from(VERSION));
    for (const { digest, read } of belowManifest(image))
      if (read !== undefined) await target.writeFile(digestHex(digest), read());
    for (const { digest, read } of isTree(image) ? image.manifests : [])
      if (read !== undefined) await target.writeFile(`${digestHex(digest)}.manifest.json`, read());
    const { read } = image.manifest;
    if (read !== undefined) await target.writeFile('manifest.json', read());
    await rename(own, root).catch((thrown: unknown) =>
      errnoOf(thrown) === 'ENOTEMPTY' ? refuse() : failTarget(doing, root, thrown),
    );
  } catch (thrown) {
    await rm(own, { recursive: true, force: true });
    throw thrown;
  }
}

function belowManifest(image: Outgoing): readonly OutgoingBlob[] {
  const blobs = isTree(image) ? image.blobs : [image.config, ...image.layers];
  return [...new Map(blobs.map((blob) => [blob.digest, blob])).values()];
}
