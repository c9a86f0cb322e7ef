import { linkSync, mkdirSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ByteRange } from '../../src/model/byte-range.js';
import { identify, isSettled, recallSeen, rememberSeen, type FileIdentity } from '../../src/store/seen.js';
import { openAt, scratch } from './scratch.js';

const directory = scratch();
const store = await openAt(path.join(directory, 'store'));
let files = 0;

function newFile(text: string): ByteRange {
  const file = path.join(directory, `file-${files++}`);
  writeFileSync(file, text);
  return { path: file, offset: 0, length: text.length };
}

async function settled(range: ByteRange): Promise<FileIdentity> {
  for (;;) {
    const identity = identify(range);
    if (identity?.settled === true) return identity;
    expect(identity).toBeDefined();
    await sleep(20);
  }
}

test('a file that did not change is recognised, also under another name and in another process', async () => {
  const range = newFile('content');
  const identity = await settled(range);
  expect(await recallSeen(store, identity)).toBeUndefined();
  expect(await rememberSeen(store, identity, { digest: 'x', anomalies: [] })).toBe(true);
  const again = await openAt(store.paths.root);
  expect(await recallSeen(again, await settled(range))).toEqual({ digest: 'x', anomalies: [] });
});

test.each([
  ['rewritten with the same size', (file: string) => writeFileSync(file, 'CONTENT')],
  [
    'rewritten with the same size and mtime set back',
    (file: string): void => {
      const { atime, mtime } = statSync(file);
      writeFileSync(file, 'CONTENT');
      utimesSync(file, atime, mtime);
    },
  ],
  [
    'replaced by rename',
    (file: string): void => {
      writeFileSync(`${file}.new`, 'CONTENT');
      renameSync(`${file}.new`, file);
    },
  ],
  [
    'linked (its ctime changes, so nothing is known of its bytes)',
    (file: string) => linkSync(file, `${file}.link`),
  ],
])('a file that was %s is not', async (_, change) => {
  const range = newFile('content');
  const identity = await settled(range);
  expect(await rememberSeen(store, identity, 'seen')).toBe(true);
  change(range.path);
  const now = identify(range);
  expect(now).toBeDefined();
  expect(await recallSeen(store, now!)).toBeUndefined();
  expect(await recallSeen(store, await settled(range))).toBeUndefined();
});

test('racy git: a file changed within the clock tick before hashing began is never recorded', async () => {
  const range = newFile('content');
  const identity = identify(range);
  expect(identity?.settled).toBe(false);
  expect(await rememberSeen(store, identity!, 'seen')).toBe(false);
  await sleep(150);
  expect(await rememberSeen(store, identity!, 'seen'), 'waiting after the hashing does not help').toBe(false);
});

test('a file that changes while it is hashed is not recorded', async () => {
  const range = newFile('content');
  const identity = await settled(range);
  writeFileSync(range.path, 'CONTENT');
  expect(await rememberSeen(store, identity, 'seen')).toBe(false);
  expect(await recallSeen(store, identity)).toBeUndefined();
});

test('ranges of one file are told apart', async () => {
  const range = newFile('content');
  await rememberSeen(store, await settled(range), 'whole');
  expect(await recallSeen(store, await settled({ ...range, offset: 1, length: 6 }))).toBeUndefined();
  expect(await recallSeen(store, await settled({ ...range, length: 6 }))).toBeUndefined();
});

test('with the handle it is the identity of what is read, whatever the path leads to meanwhile', async () => {
  const range = newFile('content');
  const handle = await open(range.path, 'r');
  const before = await settled(range);
  expect(identify(range, handle.fd)?.text).toBe(before.text);
  writeFileSync(`${range.path}.other`, 'CONTENT');
  renameSync(`${range.path}.other`, range.path);
  expect(identify(range, handle.fd)?.text ?? 'no name any more').toBe('no name any more');
  await handle.close();
});

test('spool files, devices, directories, missing files and file systems without a ctime have no identity', async () => {
  const range = newFile('content');
  const handle = await open(range.path, 'r');
  expect(identify({ ...range, path: `/proc/self/fd/${handle.fd}` })).toBeUndefined();
  expect(identify({ ...range, path: `/dev/fd/${handle.fd}` })).toBeUndefined();
  await handle.close();
  expect(identify({ ...range, path: '/dev/null' })).toBeUndefined();
  expect(identify({ ...range, path: directory })).toBeUndefined();
  expect(identify({ ...range, path: path.join(directory, 'absent') })).toBeUndefined();
  expect(identify({ ...range, path: '/sys/kernel/notes' })).toBeUndefined();
  mkdirSync(path.join(directory, 'd'));
});

test('settled means: any later change, on a clock that ticks every 10 ms or only counts seconds, gets another ctime', () => {
  const ticks = [1n, 4_000_000n, 10_000_000n, 1_000_000_000n];
  fc.assert(
    fc.property(
      fc.bigInt(10n ** 18n, 2n * 10n ** 18n),
      fc.bigInt(0n, 3n * 10n ** 9n),
      fc.constantFrom(...ticks),
      (changed, wait, tick) => {
        const stamp = (time: bigint): bigint => time - (time % tick);
        const now = changed + wait;
        if (isSettled(stamp(changed), now)) expect(stamp(now)).not.toBe(stamp(changed));
      },
    ),
  );
  expect(isSettled(5n, 4n), 'a ctime in the future tells nothing').toBe(false);
});
