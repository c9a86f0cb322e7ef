import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { withUserNamespace } from '../../../src/runtime/rootfs/user-namespace.js';

test('only a helper that is not there is one to be installed', async () => {
  const found = process.env.PATH;
  process.env.PATH = mkdtempSync(path.join(tmpdir(), 'strata-helper-'));
  const make = (): Promise<unknown> => withUserNamespace([], () => undefined);
  try {
    await expect(make()).rejects.toMatchObject({
      code: 'E_TOOL_MISSING',
      message: 'making a user namespace: unshare is not installed',
      hint: 'install util-linux',
    });
    writeFileSync(path.join(process.env.PATH, 'unshare'), '');
    await expect(make()).rejects.toMatchObject({
      message: 'starting unshare: permission denied',
      hint: undefined,
    });
  } finally {
    process.env.PATH = found;
  }
});
