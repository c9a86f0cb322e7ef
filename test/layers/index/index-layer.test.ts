import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { encodeIndex } from '../../../src/layers/index/index-file.js';
import { indexLayer } from '../../../src/layers/index/index-layer.js';
import { parseDigest } from '../../../src/model/digest.js';
import { DEFAULT_LIMITS } from '../../../src/model/limits.js';
import { tool } from '../../helpers/tool.js';

const folder = mkdtempSync(path.join(tmpdir(), 'strata-layer-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function failure(
  bytes: Uint8Array,
  compression: 'none' | 'gzip',
  promised: Uint8Array,
): Promise<unknown> {
  const file = path.join(folder, 'layer');
  writeFileSync(file, bytes);
  const digest = parseDigest(`sha256:${createHash('sha256').update(promised).digest('hex')}`);
  return indexLayer({
    range: { path: file, offset: 0, length: bytes.length },
    compression,
    digest,
    diffID: undefined,
    limits: DEFAULT_LIMITS,
  }).catch((thrown: unknown) => thrown);
}

test('a layer in a compression that strata does not read is named, when it is the promised one', async () => {
  for (const [command, suffix] of [
    ['xz', 'xz'],
    ['bzip2', 'bz2'],
  ]) {
    const file = path.join(folder, 'plain');
    // More than one chunk of what is read.
    writeFileSync(file, randomBytes(700_000));
    await tool(command, ['-k', '-f', file]);
    const bytes = readFileSync(`${file}.${suffix}`);
    expect(await failure(bytes, 'none', bytes)).toMatchObject({
      code: 'E_COMPRESSION_UNSUPPORTED',
      message: expect.stringContaining(`compressed with ${command}`) as string,
    });
    expect(await failure(bytes, 'none', Buffer.from('other'))).toMatchObject({ code: 'E_DIGEST_MISMATCH' });
    const twice = gzipSync(bytes);
    expect(await failure(twice, 'gzip', twice)).toMatchObject({ code: 'E_COMPRESSION_UNSUPPORTED' });
  }
});

test('what is neither a tar nor compressed is no tar', async () => {
  const bytes = Buffer.alloc(4096, 'x');
  expect(await failure(bytes, 'none', bytes)).toMatchObject({ code: 'E_TAR' });
});

test('a blob digested in a thread of its own gives the same, and is refused for the same', async () => {
  const file = path.join(folder, 'plain.tar');
  const content = path.join(folder, 'content');
  writeFileSync(content, Buffer.alloc(3_000_000, 'content'));
  await tool('tar', ['-C', folder, '-cf', file, 'content']);
  const plain = readFileSync(file);
  writeFileSync(`${file}.gz`, gzipSync(plain));
  const digestOf = (bytes: Uint8Array) =>
    parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
  for (const compression of ['none', 'gzip'] as const) {
    const blob = compression === 'none' ? file : `${file}.gz`;
    const { length } = readFileSync(blob);
    const job = {
      range: { path: blob, offset: 0, length },
      compression,
      digest: undefined,
      diffID: digestOf(plain),
      limits: DEFAULT_LIMITS,
    };
    const beside = await indexLayer({ ...job, digestBeside: true });
    expect(beside).toEqual(await indexLayer(job));
    expect(beside.facts).toMatchObject({ digest: digestOf(readFileSync(blob)), diffID: digestOf(plain) });
    await expect(
      indexLayer({ ...job, diffID: digestOf(plain.subarray(1)), digestBeside: true }),
    ).rejects.toMatchObject({
      code: 'E_DIGEST_MISMATCH',
    });
  }
});

test('a layer that is not compressed, whose chunks come in one piece of memory, has the index of the same compressed', async () => {
  const plain = path.join(folder, 'tree.tar');
  // Long names in headers of their own, so that names and contents lie across the ends of chunks.
  await tool('tar', ['--format=pax', '-C', 'node_modules', '-cf', plain, '@oclif', 'vitest', 'fast-check']);
  const bytes = readFileSync(plain);
  writeFileSync(`${plain}.gz`, gzipSync(bytes));
  const job = {
    compression: 'gzip' as const,
    range: { path: `${plain}.gz`, offset: 0, length: readFileSync(`${plain}.gz`).length },
    digest: undefined,
    diffID: undefined,
    limits: DEFAULT_LIMITS,
  };
  const { index } = await indexLayer(job);
  const wanted = encodeIndex(index);
  const range = { path: plain, offset: 0, length: bytes.length };
  const copyTo = path.join(folder, 'copy');
  writeFileSync(copyTo, '');
  const read = await indexLayer({ ...job, range, compression: 'none', copyTo });
  expect(Buffer.compare(encodeIndex(read.index), wanted)).toBe(0);
  expect(readFileSync(copyTo).equals(bytes)).toBe(true);
});

test('the member that a layer which is not compressed ends in is named, however much of it was read', async () => {
  const file = path.join(folder, 'cut.tar');
  writeFileSync(path.join(folder, 'a-file-with-a-name'), Buffer.alloc(900_000, 'x'));
  await tool('tar', ['-C', folder, '-cf', file, 'a-file-with-a-name']);
  const cut = readFileSync(file).subarray(0, 700_000);
  expect(await failure(cut, 'none', cut)).toMatchObject({
    code: 'E_TRUNCATED',
    message: expect.stringContaining('a-file-with-a-name') as string,
  });
});
