import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { generateId } from '../../../src/runtime/container/names.js';
import type { ContainerRecord } from '../../../src/runtime/container/record.js';
import { withRunningRoot } from '../../../src/runtime/container/running-root.js';
import { ensureLayout } from '../../../src/store/layout.js';
import { storePaths } from '../../../src/store/paths.js';
import { openStore } from '../../../src/store/store.js';
import { useFolder } from '../../helpers/look.js';
import { testRunFolder } from '../../helpers/run-container.js';

const folder = useFolder();

test('a process that sees the mounts of this machine is never taken for a container, whatever the runtime says', async () => {
  const store = await openStore(storePaths(process.env, folder()));
  await ensureLayout(store);
  const id = generateId();
  const base = path.join(folder(), 'run');
  const run = { ...testRunFolder(), root: base, engine: path.join(base, 'engine') };
  mkdirSync(path.join(run.engine, id), { recursive: true });
  const program = path.join(folder(), 'runtime');
  const said = JSON.stringify({ status: 'running', pid: process.pid });
  writeFileSync(program, `#!/bin/sh\necho '${said}'\n`, { mode: 0o755 });
  const record = { id, name: 'gone', engine: { kind: 'crun', program } } as unknown as ContainerRecord;
  let used = false;
  const looking = withRunningRoot({ store, run }, record, { pid: process.pid }, () => {
    used = true;
  });
  await expect(looking).rejects.toMatchObject({ code: 'E_NOT_RUNNING' });
  expect(used).toBe(false);
});
