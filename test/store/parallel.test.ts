import { spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, test, vi } from 'vitest';
import { holdLock } from '../../src/store/lock-file.js';
import { readRefs } from '../../src/store/refs.js';
import { compileDeeds, run } from './child.js';
import { DEEDS } from './deeds.js';
import { damage, filesBelow, openAt, scratch, storedDigests } from './scratch.js';

// Each test starts many processes; a busy machine takes its time.
vi.setConfig({ testTimeout: 300_000 });

const directory = scratch();
let program = '';
beforeAll(() => {
  program = compileDeeds(path.join(directory, 'js'));
});

const namesOf = async (store: string): Promise<string[]> =>
  (await readRefs(await openAt(store))).map((ref) => ref.name ?? '').sort();

test('16 processes store, name and prune at once: every name is there, every blob has its digest, nothing is left over', async () => {
  const store = path.join(directory, 'busy');
  const ids = Array.from({ length: 16 }, (_, i) => String(i));
  const ended = await Promise.all(ids.map((id) => run(process.execPath, [program, store, 'busy', id])));
  expect(ended.map((end) => end.stdout + end.stderr)).toEqual(ids.map(() => 'done\n'));
  expect(await namesOf(store)).toEqual([...ids.map((id) => `own-${id}-1`), 'shared'].sort());
  storedDigests(store);
  expect(await damage(store)).toEqual([]);
  for (const folder of ['tmp', 'locks', 'cache/tmp'])
    expect(filesBelow(path.join(store, folder))).toEqual([]);
});

test('the same while a third of them is killed at random: the others finish, and no damage is found', async () => {
  const store = path.join(directory, 'killed');
  const ids = Array.from({ length: 12 }, (_, i) => String(i));
  const finished = await Promise.all(
    ids.map(async (id, at) => {
      if (at % 3 !== 0)
        return (await run(process.execPath, [program, store, 'busy', id])).stdout === 'done\n';
      const child = spawn(process.execPath, [program, store, 'busy', id], {
        env: { STRATA_TEST_DEED: '1' },
        stdio: 'ignore',
      });
      const gone = new Promise((resolve) => child.once('exit', resolve));
      setTimeout(() => child.kill('SIGKILL'), 200 + at * 100);
      await gone;
      return undefined;
    }),
  );
  expect(finished.filter((done) => done === false)).toEqual([]);
  const names = await namesOf(store);
  for (const [at, id] of ids.entries()) if (at % 3 !== 0) expect(names).toContain(`own-${id}-1`);
  storedDigests(store);
  expect(await damage(store)).toEqual([]);
  expect((await run(process.execPath, [program, store, 'prune'])).stdout).toBe('done\n');
  for (const folder of ['tmp', 'locks', 'cache/tmp'])
    expect(filesBelow(path.join(store, folder))).toEqual([]);
  expect(await damage(store)).toEqual([]);
});

test('a process that creates the store meanwhile does not replace the index in which another just put a name', async () => {
  const store = path.join(directory, 'young');
  await DEEDS.image(await openAt(store), 'first');
  const index = readFileSync(path.join(store, 'index.json'));
  rmSync(path.join(store, 'index.json'));
  const late = await openAt(store);
  const lock = await holdLock(path.join(store, 'locks'), 'refs', late);
  const creating = DEEDS.image(late, 'second');
  await sleep(300);
  writeFileSync(path.join(store, 'index.json'), index);
  lock.release();
  await creating;
  expect(await namesOf(store)).toEqual(['first', 'second']);
});
