import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openScript } from '../../../src/runtime/bisect/script-file.js';
import { useFolder } from '../../helpers/look.js';
import { testRunFolder } from '../../helpers/run-container.js';

const folder = useFolder();

test('a script that only its owner may read is read by nobody else while containers run it', async () => {
  chmodSync(folder(), 0o755);
  const run = { ...testRunFolder(), root: path.join(folder(), 'run', 'of-a-store') };
  mkdirSync(run.root, { recursive: true });
  const file = path.join(folder(), 'script');
  writeFileSync(file, '#!/bin/sh\necho secret\n', { mode: 0o600 });
  const script = await openScript(run, file);
  try {
    const read = (...user: string[]): string =>
      spawnSync('setpriv', [...user, 'cat', script.mount.source], { encoding: 'utf8' }).stdout;
    expect(read('--reuid', '0')).toContain('secret');
    expect(read('--reuid', '65534', '--regid', '65534', '--clear-groups')).toBe('');
  } finally {
    await script.remove();
  }
});
