import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, stat } from 'node:fs/promises';
import { digestAlgorithm } from '../model/digest.js';
import { DEFAULT_LIMITS } from '../model/limits.js';
import { errnoOf, isAbsent } from './failure.js';
import { type FsckRun, quarantine } from './fsck-run.js';
import type { BlobFiles } from './inventory.js';
import { blobPath } from './layout-names.js';
import { reach } from './reach.js';
import type { StoreRef } from './ref.js';

/** Checks that every blob has its digest; all of them in a full run, those that may be documents in a quick one. */
export async function checkBlobs(run: FsckRun, { blobs, unfit, strays }: BlobFiles): Promise<void> {
  for (const stray of strays) await run.found('stray-file', stray, 'it is not named by a digest');
  for (const { file, kind } of unfit)
    await run.found('blob-not-a-file', file, `it is ${kind}, not a regular file`, async () => {
      // Stored again meanwhile: then this is a good file.
      if (!(await lstat(file)).isFile()) await quarantine(run.store, file);
    });
  for (const { digest, file, size } of blobs) {
    if (!run.full && size > DEFAULT_LIMITS.json) continue;
    run.checkpoint();
    try {
      const { hex, inode } = await hashFile(run, file, digestAlgorithm(digest));
      if (digest.endsWith(`:${hex}`)) continue;
      await run.found('blob-digest', file, `its bytes have the digest ${hex}`, async () => {
        // Stored again meanwhile: then this is another, good file.
        if ((await stat(file)).ino === inode) await quarantine(run.store, file);
      });
    } catch (thrown) {
      if (isAbsent(thrown)) continue;
      if (errnoOf(thrown) === '') throw thrown;
      await run.found('blob-unreadable', file, errnoOf(thrown));
    }
  }
}

/** Checks that every reference reaches its manifests, configurations and layers, naming the image that does not. */
export async function checkRefs(run: FsckRun, refs: readonly StoreRef[]): Promise<void> {
  const { store } = run;
  const users = new Map<
    string,
    { problem: Awaited<ReturnType<typeof reach>>['problems'][number]; names: string[] }
  >();
  for (const ref of refs) {
    run.checkpoint();
    const name = ref.name ?? ref.digest;
    for (const problem of (await reach(store, [ref])).problems) {
      const key = `${problem.code} ${problem.digest}`;
      const known = users.get(key);
      if (known === undefined) users.set(key, { problem, names: [name] });
      else known.names.push(name);
    }
  }
  for (const { problem, names } of users.values()) {
    const file = blobPath(store.paths, problem.digest);
    await run.found(problem.code, file, `${problem.detail}; needed by ${names.join(', ')}`);
  }
}

const CHUNK = 1 << 20;

async function hashFile(
  run: FsckRun,
  file: string,
  algorithm: 'sha256' | 'sha512',
): Promise<{ readonly hex: string; readonly inode: number }> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { ino } = await handle.stat();
    const hash = createHash(algorithm);
    const buffer = Buffer.allocUnsafe(CHUNK);
    for (let position = 0; ;) {
      const { bytesRead } = await handle.read(buffer, 0, CHUNK, position);
      if (bytesRead === 0) return { hex: hash.digest('hex'), inode: ino };
      hash.update(buffer.subarray(0, bytesRead));
      position += bytesRead;
      run.checkpoint();
    }
  } finally {
    await handle.close();
  }
}
