import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { kindOf } from '../io/regular-file.js';
import { type Digest, isDigest } from '../model/digest.js';
import {
  CACHE_TAG_FILE,
  DERIVED_VERSIONS,
  derivedFolder,
  type DerivedKind,
  isDerivedKey,
} from './derived.js';
import { ALGORITHMS, BLOBS, TEMPORARY } from './layout-names.js';
import { namesIn } from './names-in.js';
import type { Store } from './store.js';

/** A file below `blobs`. */
export interface BlobFile {
  readonly digest: Digest;
  readonly file: string;
  readonly size: number;
  readonly mtimeMs: number;
}

export interface BlobFiles {
  readonly blobs: readonly BlobFile[];
  /** What has the name of a blob and is no file, in words. */
  readonly unfit: readonly { readonly file: string; readonly kind: string }[];
  /** Paths of what is below `blobs` and is not named by a digest. */
  readonly strays: readonly string[];
}

/** Returns what is stored, by digest, without reading it. Throws what the file system throws. */
export async function listBlobs(store: Store): Promise<BlobFiles> {
  const folder = path.join(store.paths.root, BLOBS);
  const blobs: BlobFile[] = [];
  const unfit: BlobFiles['unfit'][number][] = [];
  const strays: string[] = [];
  for (const algorithm of namesIn(folder)) {
    if (!ALGORITHMS.some((known) => known === algorithm)) {
      strays.push(path.join(folder, algorithm));
      continue;
    }
    for (const hex of namesIn(path.join(folder, algorithm))) {
      const file = path.join(folder, algorithm, hex);
      const digest = `${algorithm}:${hex}`;
      const stats = await lstat(file).catch(() => undefined);
      if (stats === undefined) continue;
      if (!isDigest(digest)) strays.push(file);
      else if (!stats.isFile()) unfit.push({ file, kind: kindOf(stats) });
      else blobs.push({ digest, file, size: stats.size, mtimeMs: stats.mtimeMs });
    }
  }
  return { blobs, unfit, strays };
}

/** A file below a folder of the cache, or what has the name of one. */
export interface DerivedFile {
  /** The folder it is in: `index-v1`. */
  readonly folder: string;
  readonly file: string;
  readonly bytes: number;
  /** When it was last written or used, to a day. */
  readonly mtimeMs: number;
  /** `old`: of a format version that this strata does not read. `stray`: not where a derived file is. */
  readonly state: 'present' | 'old' | 'stray';
}

const FOLDER = /^([a-z]+)-v(\d{1,9})$/;

/** Returns the files of the cache, without reading them; `tmp` and the cache tag are not among them. */
export async function listDerived(store: Store): Promise<readonly DerivedFile[]> {
  const { cache } = store.paths;
  const present = new Set(derivedKinds().map(derivedFolder));
  const found: DerivedFile[] = [];
  for (const folder of namesIn(cache)) {
    if (folder === TEMPORARY || folder === CACHE_TAG_FILE) continue;
    const kind = FOLDER.exec(folder)?.[1];
    const known = derivedKinds().some((name) => name === kind);
    if (!known) {
      await add(path.join(cache, folder), folder, 'stray');
      continue;
    }
    for (const fan of namesIn(path.join(cache, folder)))
      for (const key of namesIn(path.join(cache, folder, fan))) {
        const placed = isDerivedKey(key) && key.startsWith(fan) && fan.length === 2;
        const state = !placed ? 'stray' : present.has(folder) ? 'present' : 'old';
        await add(path.join(cache, folder, fan, key), folder, state);
      }
  }
  return found;

  async function add(file: string, folder: string, state: DerivedFile['state']): Promise<void> {
    const stats = await lstat(file).catch(() => undefined);
    if (stats === undefined) return;
    found.push({ folder, file, bytes: stats.size, mtimeMs: stats.mtimeMs, state });
  }
}

function derivedKinds(): readonly DerivedKind[] {
  // Object.keys is typed for objects that may have more keys; a `const` table has not.
  return Object.keys(DERIVED_VERSIONS).filter((key): key is DerivedKind => key in DERIVED_VERSIONS);
}
