import { fstatSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sharedNamespace } from '../../../src/runtime/rootless/shared-namespace.js';
import { ownerTag, thisOwner } from '../../../src/store/owner.js';

/* Others wait for who has claimed the namespace: a claim lasts until it is entered, and no longer than it is wanted. */

let base: string;
beforeEach(() => {
  base = mkdtempSync(path.join(tmpdir(), 'strata-namespace-'));
});
afterEach(() => {
  rmSync(base, { recursive: true });
});

const claims = (): string[] => readdirSync(path.join(base, 'namespace'));
const make = (): Promise<number> => Promise.resolve(openSync('/proc/self/ns/user', 'r'));

test('a claim that is released is gone, and so is its descriptor', async () => {
  const { descriptor, release } = await sharedNamespace(base, make);
  expect(claims()).toHaveLength(1);
  expect(fstatSync(descriptor).isFile()).toBe(true);
  release();
  expect(claims()).toEqual([]);
  expect(() => fstatSync(descriptor)).toThrow('EBADF');
});

test('who waits for the claim of a living process can give it up at once, and leaves no claim', async () => {
  await sharedNamespace(base, make).then(({ release }) => {
    release();
  });
  const fields = readFileSync(`/proc/${String(process.ppid)}/stat`, 'latin1')
    .replace(/^.*\) /s, '')
    .split(' ');
  const other = ownerTag({ ...thisOwner(), pid: process.ppid, start: fields[19] });
  writeFileSync(path.join(base, 'namespace', other), '');
  const stop = new AbortController();
  const waiting = sharedNamespace(base, () => Promise.reject(new Error('not its turn')), stop.signal);
  setTimeout(() => {
    stop.abort(new Error('given up'));
  }, 50);
  await expect(waiting).rejects.toThrow('given up');
  expect(claims()).toEqual([other]);
});
