import { failStore } from './failure.js';
import { checkBlobs, checkRefs } from './fsck-blobs.js';
import type { FsckOptions, FsckReport } from './fsck-codes.js';
import { checkContainers } from './fsck-containers.js';
import { checkDerived } from './fsck-derived.js';
import { checkIndex, checkLayout, checkLeftovers } from './fsck-layout.js';
import { createFsckRun } from './fsck-run.js';
import { checkUnpacked } from './fsck-unpacked.js';
import { listBlobs } from './inventory.js';
import type { Store } from './store.js';

/**
 * Checks the whole store and returns what is not as it should be; a store that does not exist yet is as it should be.
 * Writes nothing unless `repair` is asked for, and deletes nothing that was stored even then: damaged blobs and indexes
 * are moved to `quarantine`. The store is to be opened with `damaged: true`. Throws E_STORE, E_UNWRITABLE, E_DISK_FULL,
 * E_INTERRUPTED.
 */
export async function fsck(store: Store, options: FsckOptions = {}): Promise<FsckReport> {
  const run = createFsckRun(store, options);
  try {
    const files = await listBlobs(store);
    const hasBlobs = files.blobs.length > 0;
    await checkLayout(run, hasBlobs);
    const refs = await checkIndex(run);
    await checkBlobs(run, files);
    await checkRefs(run, refs);
    const derived = await checkDerived(run);
    await checkUnpacked(run);
    const containers = await checkContainers(run);
    await checkLeftovers(run);
    return {
      findings: run.findings,
      refs: refs.length,
      blobs: files.blobs.length,
      bytes: files.blobs.reduce((sum, blob) => sum + blob.size, 0),
      derived,
      containers,
      full: run.full,
      damaged: run.findings.some((finding) => finding.severity === 'error' && !finding.repaired),
    };
  } catch (thrown) {
    return failStore(`checking the store ${store.paths.root}`, thrown);
  }
}
