import { accessSync, constants, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { readRegular, UnfitFileError } from '../io/regular-file.js';
import { fail } from '../model/error.js';
import { errnoOf, failStoreRead, isAbsent } from './failure.js';
import { DOCUMENT_LIMIT, FOLDERS, INDEX_FILE, isLayoutFile, LAYOUT_FILE, REFS } from './layout-names.js';
import { type Owner, thisOwner } from './owner.js';
import type { StorePaths } from './paths.js';

/** What one process learned about its store; the only mutable part of a {@link Store}. */
export interface StoreSession {
  /** Settles when the layout is there to be written; undefined before the first write. */
  layoutReady: Promise<void> | undefined;
  /** The same for the cache. */
  cacheReady: Promise<void> | undefined;
  /** Whether derived data is still written; turned off by the first failure, so that it is reported once. */
  keepsDerived: boolean;
}

/** The local store, opened. Functions take it as their first argument; it holds no file open. */
export interface Store {
  readonly paths: StorePaths;
  /** When true, blobs and references can be read but not written. */
  readonly readOnly: boolean;
  /** Told of everything that went wrong and was survived, as one line without a trailing dot. */
  readonly log: (warning: string) => void;
  readonly signal: AbortSignal | undefined;
  readonly owner: Owner;
  readonly session: StoreSession;
}

export interface StoreOptions {
  readonly log?: (warning: string) => void;
  readonly signal?: AbortSignal;
  /** Open a store whose oci-layout file is missing or damaged too, as `fsck` must. */
  readonly damaged?: boolean;
}

/**
 * Returns the store at `paths`; nothing is created before the first write. A location that cannot be written gives a
 * read-only store and a warning, so that commands that only look still work; so does a file in its place, which who asks for
 * the store itself refuses. Throws E_STORE when the location holds
 * something else than a store, E_STORE_DAMAGED when its oci-layout file cannot be understood.
 */
export async function openStore(paths: StorePaths, options: StoreOptions = {}): Promise<Store> {
  const log = options.log ?? (() => undefined);
  const layoutObstacle = obstacleToWriting(paths.root);
  const cacheObstacle = obstacleToWriting(paths.cache);
  if (layoutObstacle !== undefined)
    log(`the store ${paths.root} cannot be written (${layoutObstacle}): nothing will be kept in it`);
  else if (cacheObstacle !== undefined)
    log(`the cache ${paths.cache} cannot be written (${cacheObstacle}): indexes will not be kept`);
  const store: Store = {
    paths,
    readOnly: layoutObstacle !== undefined,
    log,
    signal: options.signal,
    owner: thisOwner(),
    session: {
      layoutReady: undefined,
      cacheReady: undefined,
      keepsDerived: cacheObstacle === undefined,
    },
  };
  if (options.damaged !== true) await checkLayoutFile(paths.root);
  return store;
}

/** Returns why nothing can be created at `directory`, as an errno name; undefined when it can. */
function obstacleToWriting(directory: string): string | undefined {
  for (let at = directory; ; at = path.dirname(at)) {
    try {
      if (!statSync(at).isDirectory()) return 'ENOTDIR';
      accessSync(at, constants.W_OK | constants.X_OK);
      return undefined;
    } catch (thrown) {
      const errno = errnoOf(thrown);
      if (errno !== 'ENOENT' || at === path.dirname(at)) return errno === '' ? 'EIO' : errno;
    }
  }
}

async function checkLayoutFile(root: string): Promise<void> {
  const doing = `opening the store ${root}`;
  let text: string;
  try {
    text = readRegular(path.join(root, LAYOUT_FILE), DOCUMENT_LIMIT).toString();
  } catch (thrown) {
    if (thrown instanceof UnfitFileError)
      return fail('E_STORE_DAMAGED', `${doing}: its ${LAYOUT_FILE}: ${thrown.message}`, {
        hint: '`strata fsck --repair` writes it anew',
      });
    if (isAbsent(thrown)) return checkIsNotSomethingElse(root, doing);
    if (errnoOf(thrown) === 'EACCES') return;
    return failStoreRead(doing, thrown);
  }
  if (!isLayoutFile(text))
    fail('E_STORE_DAMAGED', `${doing}: its ${LAYOUT_FILE} file is not one of OCI image layout 1.0.0`, {
      hint: '`strata fsck --repair` writes it anew',
    });
}

/** A store that was interrupted while being created has none but our folders; anything else is not ours to fill. */
async function checkIsNotSomethingElse(root: string, doing: string): Promise<void> {
  const names = await readdir(root).catch((): string[] => []);
  // Nobody else has a folder `refs` beside an index.json.
  if (names.includes(INDEX_FILE) && names.includes(REFS))
    fail('E_STORE_DAMAGED', `${doing}: its ${LAYOUT_FILE} file is missing`, {
      hint: '`strata fsck --repair` writes it anew',
    });
  const foreign = names.find((name) => !FOLDERS.has(name));
  if (foreign === undefined) return;
  fail(
    'E_STORE',
    `${doing}: the directory holds '${foreign}' and no ${LAYOUT_FILE} file, so it is not a store`,
    {
      hint: 'set STRATA_STORE to an empty or new directory',
    },
  );
}
