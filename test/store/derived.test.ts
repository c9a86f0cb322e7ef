import { existsSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { forgetBlob, recallBlob, rememberBlob } from '../../src/store/blob-facts.js';
import {
  DERIVED_VERSIONS,
  derivedKey,
  derivedPath,
  readDerived,
  writeDerived,
} from '../../src/store/derived.js';
import { makeTrailer, openTrailer } from '../../src/store/derived-format.js';
import { noise, openAt, scratch, sha256 } from './scratch.js';

const directory = scratch();
const at = path.join(directory, 'store');
const KEY = derivedKey('a layer');

test('what was written in any parts is read as one payload that begins an own buffer', async () => {
  const store = await openAt(at);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array(), { maxLength: 5 }), async (parts) => {
      expect(await writeDerived(store, 'index', KEY, parts)).toBe(true);
      const read = await readDerived(store, 'index', KEY);
      expect(read).toBeDefined();
      expect(Buffer.compare(read!, Buffer.concat(parts))).toBe(0);
      expect(read!.byteOffset).toBe(0);
      expect(() => new BigUint64Array(read!.buffer, 0, read!.length >> 3)).not.toThrow();
    }),
    { numRuns: 30 },
  );
});

test('a trailer opens only for the very bytes and name it was made for: every flipped bit, every cut, another key', () => {
  const payload = noise(40);
  const file = Buffer.concat([
    payload,
    makeTrailer([payload.subarray(0, 7), payload.subarray(7)], 'index-v1/aa'),
  ]);
  expect(Buffer.compare(openTrailer(file, 'index-v1/aa')!, payload)).toBe(0);
  for (let bit = 0; bit < file.length * 8; bit++) {
    file[bit >> 3] ^= 1 << (bit & 7);
    expect(openTrailer(file, 'index-v1/aa')).toBeUndefined();
    file[bit >> 3] ^= 1 << (bit & 7);
  }
  for (let length = 0; length < file.length; length++)
    expect(openTrailer(file.subarray(0, length), 'index-v1/aa')).toBeUndefined();
  expect(openTrailer(Buffer.concat([file, Buffer.alloc(1)]), 'index-v1/aa')).toBeUndefined();
  expect(openTrailer(file, 'index-v2/aa')).toBeUndefined();
  expect(openTrailer(file, 'index-v1/ab')).toBeUndefined();
});

test('an empty part of an own buffer changes nothing: Node 20 starts crc32 anew for its null pointer', () => {
  const payload = noise(40);
  const empty = new Uint8Array(new ArrayBuffer(0));
  expect(makeTrailer([payload, empty], 'a')).toEqual(makeTrailer([payload], 'a'));
  expect(makeTrailer([empty, payload], 'a')).toEqual(makeTrailer([payload], 'a'));
});

test('a damaged file is removed, reported and counts as none; writing again mends it', async () => {
  const warnings: string[] = [];
  const store = await openAt(at, { log: (line) => warnings.push(line) });
  await writeDerived(store, 'union', KEY, [noise(1000)]);
  const file = derivedPath(store, 'union', KEY);
  const bytes = readFileSync(file);
  // As after a power loss: the length is there, the bytes are not.
  writeFileSync(file, Buffer.alloc(bytes.length));
  expect(await readDerived(store, 'union', KEY)).toBeUndefined();
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain('damaged');
  expect(existsSync(file)).toBe(false);
  expect(await writeDerived(store, 'union', KEY, [bytes])).toBe(true);
  expect(await readDerived(store, 'union', KEY)).toBeDefined();
});

test('kinds and keys are told apart; the version is in the path', async () => {
  const store = await openAt(at);
  await writeDerived(store, 'index', KEY, [Buffer.from('i')]);
  await writeDerived(store, 'union', KEY, [Buffer.from('u')]);
  expect(Buffer.from((await readDerived(store, 'index', KEY))!).toString()).toBe('i');
  expect(Buffer.from((await readDerived(store, 'union', KEY))!).toString()).toBe('u');
  expect(await readDerived(store, 'index', derivedKey('other'))).toBeUndefined();
  expect(path.relative(store.paths.cache, derivedPath(store, 'index', KEY))).toBe(
    path.join(`index-v${String(DERIVED_VERSIONS.index)}`, KEY.slice(0, 2), KEY),
  );
  mkdirSync(path.join(at, 'cache/index-v0/ab'), { recursive: true });
});

test('keys that are not hex never become paths', async () => {
  const store = await openAt(at);
  await expect(readDerived(store, 'index', '../../../etc/passwd')).rejects.toMatchObject({
    code: 'E_INTERNAL',
  });
  await expect(writeDerived(store, 'index', 'AB'.repeat(32), [])).rejects.toMatchObject({
    code: 'E_INTERNAL',
  });
});

test('derivedKey is injective in its parts', () => {
  expect(derivedKey('ab', 'c')).not.toBe(derivedKey('a', 'bc'));
  expect(derivedKey('a')).not.toBe(derivedKey('a', ''));
  expect(derivedKey('é', '1:x')).not.toBe(derivedKey('é1:', 'x'));
});

test('reading touches a file once a day, so that prune knows what is used', async () => {
  const store = await openAt(at);
  await writeDerived(store, 'index', KEY, [noise(10)]);
  const file = derivedPath(store, 'index', KEY);
  const hourAgo = Date.now() / 1000 - 3600;
  utimesSync(file, hourAgo, hourAgo);
  await readDerived(store, 'index', KEY);
  expect(Math.round(statSync(file).mtimeMs / 1000)).toBe(Math.round(hourAgo));
  utimesSync(file, 1000, 1000);
  await readDerived(store, 'index', KEY);
  expect(statSync(file).mtimeMs).toBeGreaterThan(Date.now() - 60_000);
});

test('what is known of a blob comes back by its digest, until forgotten', async () => {
  const store = await openAt(at);
  const digest = sha256(noise(9));
  expect(await recallBlob(store, digest)).toBeUndefined();
  expect(await rememberBlob(store, digest, { plainSize: 7, anomalies: [] })).toBe(true);
  expect(await recallBlob(store, digest)).toEqual({ plainSize: 7, anomalies: [] });
  await forgetBlob(store, digest);
  expect(await recallBlob(store, digest)).toBeUndefined();
});
