import { open, rm, utimes } from 'node:fs/promises';
import path from 'node:path';
import { failStore } from './failure.js';
import { LOCKS, REFS_LOCK } from './layout-names.js';
import { withLock } from './lock.js';
import { readClaims } from './lock-file.js';
import { ownerTag } from './owner.js';
import type { Store } from './store.js';

/*
 * Blobs come before the reference that needs them. Whoever stores an image therefore says so first, under the lock under
 * which blobs are removed (remove-refs.ts, prune.ts): what was stored or asked for since the earliest of those who say so
 * is left alone.
 */

const NAME = 'writing-';
/** As locks have it: how often a writer says that it lives, for those who cannot see its process. */
const HEARTBEAT = 5_000;

/** Runs `deed`, which stores blobs and then the reference to them. Throws what {@link withLock} and `deed` throw. */
export async function whileWriting<T>(store: Store, deed: () => Promise<T>): Promise<T> {
  const file = await withLock(store, REFS_LOCK, async () => {
    const claim = `${NAME}${String(Date.now())}.${ownerTag(store.owner)}`;
    const place = path.join(store.paths.root, LOCKS, claim);
    await open(place, 'wx', 0o600).then(
      (handle) => handle.close(),
      (thrown: unknown) => failStore('writing to the store', thrown),
    );
    return place;
  });
  const beat = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => undefined);
  }, HEARTBEAT);
  beat.unref();
  try {
    return await deed();
  } finally {
    clearInterval(beat);
    await rm(file, { force: true }).catch(() => undefined);
  }
}

/** Times of files and clocks are not the same to the millisecond. */
const SLACK = 1000;

/**
 * Returns a moment before which the earliest of those who store an image now has not begun, in milliseconds since 1970;
 * Infinity when nobody does.
 */
export function earliestWriter(store: Store): number {
  let earliest = Infinity;
  for (const { file, abandoned } of readClaims(path.join(store.paths.root, LOCKS), store.owner)) {
    const match = /^writing-(\d{1,16})\./.exec(path.basename(file));
    if (match !== null && !abandoned) earliest = Math.min(earliest, Number(match[1]));
  }
  return earliest - SLACK;
}
