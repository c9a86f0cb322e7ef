import { existsSync, mkdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { endOf, type PreparedRun } from '../../../src/commands/container/run.js';
import { watchToEnd } from '../../../src/commands/container/trial.js';
import { generateId } from '../../../src/runtime/container/names.js';
import { ensureLayout } from '../../../src/store/layout.js';
import { openStore } from '../../../src/store/store.js';
import { storePaths } from '../../../src/store/paths.js';
import { findEngine } from '../../../src/runtime/engine/find-engine.js';
import { useFolder } from '../../helpers/look.js';
import { testFolder, testRunFolder } from '../../helpers/run-container.js';

/* A container whose conmon was killed before anybody had attached to it. */

const folder = useFolder();

async function unwatched(): Promise<{ prepared: PreparedRun; released: () => number }> {
  const store = await openStore(storePaths(process.env, folder()));
  await ensureLayout(store);
  const id = generateId();
  let releases = 0;
  const prepared = {
    created: {
      record: { id, name: 'unwatched', terminal: false },
      folder: testFolder(id),
      pid: 0,
      notes: [],
    },
    store,
    engine: { ...findEngine(), stateFolder: testRunFolder().engine },
    flags: { rm: true, tty: false, interactive: false },
    detachKeys: new Uint8Array(),
    release: () => {
      releases++;
      return Promise.resolve();
    },
    say: () => undefined,
  } as unknown as PreparedRun;
  return { prepared, released: () => releases };
}

test('a trial of it ends with an error, nothing stays and the lock is let go', async () => {
  const { prepared, released } = await unwatched();
  mkdirSync(prepared.created.folder.bundle, { recursive: true });
  const { signal } = new AbortController();
  await expect(watchToEnd(prepared, { signal, onOutput: () => undefined })).rejects.toMatchObject({
    code: 'E_ENGINE',
  });
  expect(released()).toBe(1);
  expect(existsSync(prepared.created.folder.root)).toBe(false);
});

test('run ends with an error and the lock is let go', async () => {
  const { prepared, released } = await unwatched();
  await expect(endOf(prepared)).rejects.toMatchObject({ code: 'E_ENGINE' });
  expect(released()).toBe(1);
});
