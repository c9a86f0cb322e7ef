import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { indexLayer } from '../../../src/layers/index/index-layer.js';
import { createLayerReaders, type LayerReaders } from '../../../src/layers/index/layer-readers.js';
import { DEFAULT_LIMITS } from '../../../src/model/limits.js';
import { useFolder } from '../../helpers/look.js';
import { sparseTar } from '../../helpers/sparse.js';
import { sha256, tar } from '../../images/build.js';

/*
 * A thread takes longer to start than a small layer to read, so that these are read where they are asked for. Whatever
 * would keep this thread from hearing a signal, or its memory small, goes to one of its own.
 */

const folder = useFolder();
let readers: LayerReaders;
let threads = 0;
const count = () => (threads += 1);

beforeEach(() => {
  threads = 0;
  process.on('worker', count);
  readers = createLayerReaders(2);
});
afterEach(async () => {
  process.off('worker', count);
  await readers.close();
});

let files = 0;
function jobOf(bytes: Uint8Array, compression: 'none' | 'gzip' = 'none') {
  const file = path.join(folder(), `layer-${String((files += 1))}`);
  writeFileSync(file, bytes);
  const range = { path: file, offset: 0, length: bytes.length };
  return { range, compression, digest: undefined, diffID: undefined, limits: DEFAULT_LIMITS };
}

const told = { onReport: () => undefined };
const file = (bytes: number): Buffer => tar([['file', Buffer.alloc(bytes, 'x')]]);

test('a small layer is read without a thread, with the same index file as by one', async () => {
  const small = jobOf(
    tar([
      ['a', 'one'],
      ['b', { symlink: 'a' }],
      ['c', { hardlink: 'a' }],
    ]),
  );
  const here = await readers.index(small, told);
  expect(here.facts).toEqual((await indexLayer(small)).facts);
  for (let i = 0; i < 15; i++) await readers.index(jobOf(file(500_000)), told);
  expect(threads).toBe(0);
  // That was all that may be read here, so that the same layer now goes to a thread.
  for (let i = 0; i < 2; i++) await readers.index(jobOf(file(500_000)), told);
  expect(threads).toBe(1);
  for (let i = 0; i < 100; i++) await readers.index(jobOf(file(5000)), told);
  expect((await readers.index(small, told)).file).toEqual(here.file);
});

test.each([
  ['large', file(600_000), 'none'],
  ['that becomes large', gzipSync(file(9_000_000)), 'gzip'],
  ['with holes', sparseTar([['sparse', 1_048_576]]), 'none'],
] as const)('a layer %s goes to a thread', async (_, bytes, compression) => {
  const { facts } = await readers.index(jobOf(bytes, compression), told);
  expect(facts.digest).toBe(sha256(bytes));
  expect(threads).toBe(1);
});

test('digests of small blobs need no thread', async () => {
  const bytes = file(1000);
  expect(await readers.digest(jobOf(bytes).range, told)).toBe(sha256(bytes));
  expect(threads).toBe(0);
  const large = file(600_000);
  expect(await readers.digest(jobOf(large).range, told)).toBe(sha256(large));
  expect(threads).toBe(1);
});

test('what is reported is every stored byte', async () => {
  for (const bytes of [file(1000), file(600_000)]) {
    let reported = 0;
    await readers.index(jobOf(bytes), { onReport: (count) => (reported += count) });
    expect(reported).toBe(bytes.length);
  }
});

test('an error of a small layer is its own, and the next one is read', async () => {
  await expect(readers.index(jobOf(Buffer.alloc(4096, 'x')), told)).rejects.toMatchObject({ code: 'E_TAR' });
  expect((await readers.index(jobOf(file(10)), told)).index.count).toBe(1);
  expect(threads).toBe(0);
});

test('an aborted signal ends it', async () => {
  const aborted = { ...told, signal: AbortSignal.abort() };
  await expect(readers.index(jobOf(file(10)), aborted)).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
  expect(threads).toBe(0);
});

test('a copy of the plain tar is whole or said not to be, and never changes what is read', async () => {
  const bytes = file(3_000_000);
  const job = jobOf(gzipSync(bytes), 'gzip');
  const copyTo = path.join(folder(), 'copy');
  // Begun here and then handed to a thread, which begins it again.
  writeFileSync(copyTo, 'what was there before');
  for (let i = 0; i < 4; i++) {
    const { facts, copied } = await readers.index({ ...job, copyTo }, told);
    expect([copied, sha256(readFileSync(copyTo))]).toEqual([true, facts.diffID]);
  }
  expect(threads).toBe(1);
  const { file: index } = await readers.index(job, told);
  for (const refused of [path.join(folder(), 'missing'), '/dev/full', folder()]) {
    const result = await readers.index({ ...job, copyTo: refused }, told);
    expect([result.copied, result.file]).toEqual([false, index]);
  }
  expect(existsSync(path.join(folder(), 'missing'))).toBe(false);
});
