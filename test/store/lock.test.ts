import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { withLock } from '../../src/store/lock.js';
import { ownerState, ownerTag, parseOwnerTag, thisOwner } from '../../src/store/owner.js';
import { compileDeeds, run } from './child.js';
import { openAt, scratch } from './scratch.js';

const directory = scratch();
const at = path.join(directory, 'store');
const locks = path.join(at, 'locks');
let program = '';
beforeAll(() => {
  program = compileDeeds(path.join(directory, 'js'));
});

const noop = (): Promise<string> => Promise.resolve('ran');

test('only one at a time, within a process', async () => {
  const store = await openAt(at);
  let inside = 0;
  const deed = async (): Promise<void> => {
    inside += 1;
    expect(inside).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 3));
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 8 }, () => withLock(store, 'test', deed)));
  expect(readdirSync(locks)).toEqual([]);
});

test('only one at a time, among eight processes: no increment of a counter is lost', async () => {
  const file = path.join(directory, 'counter');
  writeFileSync(file, '0');
  const ended = await Promise.all(
    Array.from({ length: 8 }, () => run(process.execPath, [program, at, 'count', `${file}*20`])),
  );
  expect(ended.map((end) => end.stdout)).toEqual(Array.from({ length: 8 }, () => 'done\n'));
  expect(readFileSync(file, 'utf8')).toBe('160');
  expect(readdirSync(locks)).toEqual([]);
});

test('E_LOCKED names the process that holds it; once that is killed, the lock is free and its claim removed', async () => {
  const store = await openAt(at);
  const child = spawn(process.execPath, [program, at, 'hold'], {
    env: { STRATA_TEST_DEED: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  await expect(withLock(store, 'test', noop, { timeout: 100 })).rejects.toMatchObject({
    code: 'E_LOCKED',
    message: expect.stringContaining(`process ${child.pid}`) as string,
  });
  expect(await withLock(store, 'other', noop, { timeout: 0 })).toBe('ran');
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
  expect(readdirSync(locks)).toHaveLength(1);
  expect(await withLock(store, 'test', noop, { timeout: 0 })).toBe('ran');
  expect(readdirSync(locks)).toEqual([]);
});

test('a pid in use again by another process does not keep a lock', async () => {
  const store = await openAt(at);
  const tag = ownerTag({ ...thisOwner(), start: '1' });
  writeFileSync(path.join(locks, `test.${tag}`), '');
  expect(await withLock(store, 'test', noop, { timeout: 0 })).toBe('ran');
});

test('a claim from another boot or pid namespace holds while it gives signs of life, and no longer', async () => {
  const store = await openAt(at);
  for (const foreign of [{ boot: 'abc' }, { namespace: '1' }]) {
    const claim = path.join(locks, `test.${ownerTag({ ...thisOwner(), ...foreign })}`);
    writeFileSync(claim, '');
    await expect(withLock(store, 'test', noop, { timeout: 0 })).rejects.toMatchObject({ code: 'E_LOCKED' });
    utimesSync(claim, Date.now() / 1000 - 70, Date.now() / 1000 - 70);
    expect(await withLock(store, 'test', noop, { timeout: 0 })).toBe('ran');
    expect(readdirSync(locks)).toEqual([]);
  }
});

test('a holder whose claim was taken away learns it before it changes anything', async () => {
  const store = await openAt(at);
  await withLock(store, 'test', (lock) => {
    lock.check();
    for (const claim of readdirSync(locks)) rmSync(path.join(locks, claim));
    expect(() => {
      lock.check();
    }).toThrow(expect.objectContaining({ code: 'E_LOCKED' }));
    return Promise.resolve();
  });
});

test('the lock is released when the deed fails, and waiting for it can be interrupted', async () => {
  const controller = new AbortController();
  const store = await openAt(at, { signal: controller.signal });
  const error = new Error('no');
  await expect(withLock(store, 'test', () => Promise.reject(error))).rejects.toBe(error);
  await withLock(await openAt(at), 'test', async () => {
    const waiting = withLock(store, 'test', noop);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
  });
});

test('an owner tag tells its owner, and this process is alive', () => {
  const self = thisOwner();
  expect(self.start).not.toBe('0');
  expect(parseOwnerTag(ownerTag(self))).toEqual(self);
  expect(ownerTag(self)).not.toBe(ownerTag(self));
  expect(ownerState(self, self)).toBe('alive');
  expect(ownerState({ ...self, start: '0' }, self)).toBe('alive');
  expect(ownerState({ ...self, pid: 2 ** 22 + 1 }, self)).toBe('dead');
  for (const text of ['', 'x', '1-2-3', '0-1-1-a-0123456789abcdef', `${ownerTag(self)}x`])
    expect(parseOwnerTag(text)).toBeUndefined();
});
