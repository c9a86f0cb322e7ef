import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { runFolder } from '../../../src/runtime/container/folder.js';
import { removeRunFolders } from '../../../src/runtime/container/prune-run.js';
import type { Store } from '../../../src/store/store.js';

test('a container is gone only when its folder is, not when the store cannot be looked at', async () => {
  const base = mkdtempSync(path.join(tmpdir(), 'strata-'));
  try {
    const root = path.join(base, 'store');
    const run = runFolder('0123456789ab', 1001, { XDG_STATE_HOME: base });
    const place = { store: { paths: { root } } as Store, run };
    const left = path.join(run.root, 'a'.repeat(64));
    mkdirSync(left, { recursive: true });
    mkdirSync(root);
    // What root may not look at either.
    symlinkSync('containers', path.join(root, 'containers'));
    const removal = removeRunFolders(place, { dryRun: false, grace: 0 });
    await expect(removal).rejects.toMatchObject({ code: 'ELOOP' });
    expect(existsSync(left)).toBe(true);
    rmSync(path.join(root, 'containers'));
    expect(await removeRunFolders(place, { dryRun: false, grace: 0 })).toMatchObject({ files: 1 });
  } finally {
    rmSync(base, { recursive: true });
  }
});
