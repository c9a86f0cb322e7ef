import { createHash } from 'node:crypto';
import { closeSync, existsSync, futimesSync, read, readSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { openRegular, type RegularFile, UnfitFileError } from '../io/regular-file.js';
import { fail } from '../model/error.js';
import { createDirectory, SMALL, writeAtomic } from './atomic.js';
import { makeTrailer, openTrailer } from './derived-format.js';
import { errnoOf, isAbsent } from './failure.js';
import { TEMPORARY } from './layout-names.js';
import type { Store } from './store.js';
import { sweepTemporary } from './temporary.js';

/**
 * The kinds of derived data and the format version of each. Whoever changes what a kind's bytes mean raises its
 * version: the version is in the path, so new code never reads old bytes, and `prune` drops them.
 */
export const DERIVED_VERSIONS = {
  /** A LayerIndex, by the hex of its diffID. */
  index: 3,
  /** A Union, by {@link derivedKey} of its diffIDs. */
  union: 2,
  /** What becomes of the bytes of a stack; see layers/waste/open-classified.ts. */
  waste: 1,
  /** The EROFS image of a snapshot; see runtime/snapshot/kept-erofs.ts. */
  erofs: 1,
  /** What a byte range of a file of the host was found to be; see seen.ts. */
  seen: 1,
  /** What is known of a blob, by the hex of its digest; see blob-facts.ts. */
  blob: 1,
} as const satisfies Record<string, number>;

export type DerivedKind = keyof typeof DERIVED_VERSIONS;

const KEY = /^[0-9a-f]{32,128}$/;
/** Reading touches a file at most this often, so that `prune` can tell what is used. */
const TOUCH_AFTER = 24 * 3600_000;

/** Bell Labs' cache directory tag: backup programs leave the directory out (bford.info/cachedir). */
export const CACHE_TAG_FILE = 'CACHEDIR.TAG';
export const CACHE_TAG_TEXT =
  'Signature: 8a477f597d28d172789f06886806bc55\n# Derived data of strata; it can be deleted at any time.\n';

/** Returns the key of something derived from several things, told apart however they are written. */
export function derivedKey(...parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest('hex');
}

/**
 * Returns the derived data kept under `key` (hex), in one buffer that nothing else uses and whose payload begins at
 * offset 0; undefined when there is none. Every byte is checked; a damaged file is removed, reported and counts as none.
 * Throws nothing but E_INTERNAL for a malformed key.
 */
export async function readDerived(
  store: Store,
  kind: DerivedKind,
  key: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const file = derivedPath(store, kind, key);
  let opened: RegularFile;
  try {
    opened = openRegular(file);
  } catch (thrown) {
    if (!isAbsent(thrown)) store.log(`reading ${file} failed (${reasonOf(thrown)}); it is made again`);
    return undefined;
  }
  const { descriptor } = opened;
  try {
    const bytes = await readWhole(opened);
    const payload = openTrailer(bytes, derivedName(kind, key));
    if (payload === undefined) {
      store.log(`${file} is damaged; it is made again`);
      await rm(file, { force: true }).catch(() => undefined);
      return undefined;
    }
    return new Uint8Array(bytes.buffer, 0, payload.length);
  } catch (thrown) {
    store.log(`reading ${file} failed (${reasonOf(thrown)}); it is made again`);
    return undefined;
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Keeps derived data under `key`, the parts one after another, in place of what was there; a reader sees all of it or
 * none. Returns false, after one warning, when it could not be kept: what is derived is never worth failing for.
 */
export async function writeDerived(
  store: Store,
  kind: DerivedKind,
  key: string,
  parts: readonly Uint8Array[],
): Promise<boolean> {
  const file = derivedPath(store, kind, key);
  if (!store.session.keepsDerived) return false;
  const { cache } = store.paths;
  try {
    store.session.cacheReady ??= createCache(store);
    await store.session.cacheReady;
    await createDirectory(path.dirname(file), false);
    // Not synced: after a power loss the trailer tells a torn file, and it is made again.
    await writeAtomic(
      file,
      [...parts, makeTrailer(parts, derivedName(kind, key))],
      path.join(cache, TEMPORARY),
      {
        owner: store.owner,
        durable: false,
        mode: 0o600,
      },
    );
    return true;
  } catch (thrown) {
    store.session.keepsDerived = false;
    store.log(`the cache ${cache} cannot be written (${errnoOf(thrown)}): indexes will not be kept`);
    return false;
  }
}

/** Forgets what is kept under `key`. Never throws: what cannot be removed is only not needed. */
export async function dropDerived(store: Store, kind: DerivedKind, key: string): Promise<void> {
  await rm(derivedPath(store, kind, key), { force: true }).catch(() => undefined);
}

/** Returns the name that a derived file's trailer vouches for: `index-v1/<key>`. */
function derivedName(kind: DerivedKind, key: string): string {
  return `${derivedFolder(kind)}/${key}`;
}

/** Returns the folder of a kind in its present version: `index-v1`. */
export function derivedFolder(kind: DerivedKind): string {
  return `${kind}-v${DERIVED_VERSIONS[kind]}`;
}

/** True when derived files may be called so. */
export function isDerivedKey(key: string): boolean {
  return KEY.test(key);
}

/** Returns where the derived data of this key is or would be. Throws E_INTERNAL for a malformed key. */
export function derivedPath(store: Store, kind: DerivedKind, key: string): string {
  if (!isDerivedKey(key))
    fail('E_INTERNAL', `addressing derived data '${kind}': the key '${key}' is not hex`);
  return `${store.paths.cache}/${derivedFolder(kind)}/${key.slice(0, 2)}/${key}`;
}

async function createCache(store: Store): Promise<void> {
  const { cache } = store.paths;
  const temporary = path.join(cache, TEMPORARY);
  await createDirectory(temporary, false);
  const tag = path.join(cache, CACHE_TAG_FILE);
  if (!existsSync(tag))
    await writeAtomic(tag, [Buffer.from(CACHE_TAG_TEXT)], temporary, {
      owner: store.owner,
      durable: false,
      mode: 0o600,
    });
  await sweepTemporary(store, temporary);
}

/** Node reads at most 2 GiB - 1 at once. */
const READ_AT_ONCE = 1 << 30;

const readElsewhere = promisify(read);

function reasonOf(thrown: unknown): string {
  return thrown instanceof UnfitFileError ? thrown.message : errnoOf(thrown);
}

async function readWhole({ descriptor, stats }: RegularFile): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(new ArrayBuffer(stats.size));
  for (let done = 0; done < bytes.length;) {
    const wanted = Math.min(bytes.length - done, READ_AT_ONCE);
    const count =
      wanted <= SMALL
        ? readSync(descriptor, bytes, done, wanted, done)
        : (await readElsewhere(descriptor, bytes, done, wanted, done)).bytesRead;
    if (count === 0) break;
    done += count;
  }
  if (Date.now() - stats.mtimeMs > TOUCH_AFTER) touch(descriptor);
  return bytes;
}

function touch(descriptor: number): void {
  try {
    const now = new Date();
    futimesSync(descriptor, now, now);
  } catch {
    // Somebody else's cache: prune takes it for older than it is.
  }
}
