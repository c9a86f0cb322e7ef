import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readContents } from '../../../src/layers/read/content.js';
import { type ContentVerifier, createContentVerifier } from '../../../src/layers/read/content-verifier.js';
import { indexLayer } from '../../../src/layers/index/index-layer.js';
import { entriesOf, type LayerIndex } from '../../../src/layers/index/layer-index.js';
import type { Layer } from '../../../src/model/image.js';
import { DEFAULT_LIMITS } from '../../../src/model/limits.js';
import { useFolder } from '../../helpers/look.js';
import { tar } from '../../images/build.js';

/*
 * A content that is verified in another thread is known to be right when the verifier has settled, and not before: every
 * changed byte is found then, wherever contents lie in the blocks that are posted.
 */

const folder = useFolder();
const MiB = 1024 * 1024;
const sizes = [0, 1, 511, 512, 3 * MiB, 8 * MiB, 1, 8 * MiB - 5, 70_000, 0, 13 * MiB, 9];
const archive = tar(sizes.map((size, i) => [`f${String(i)}`, Buffer.alloc(size, i + 1)]));

let verifier: ContentVerifier;
let threads = 0;
const count = () => (threads += 1);
beforeEach(() => {
  threads = 0;
  process.on('worker', count);
  verifier = createContentVerifier();
});
afterEach(async () => {
  process.off('worker', count);
  await verifier.close();
});

async function layerOf(bytes: Uint8Array): Promise<{ layer: Layer; index: LayerIndex; file: string }> {
  const file = path.join(folder(), 'layer.tar');
  writeFileSync(file, bytes);
  const range = { path: file, offset: 0, length: bytes.length };
  const job = { range, compression: 'none', digest: undefined, diffID: undefined } as const;
  const { index } = await indexLayer({ ...job, limits: DEFAULT_LIMITS });
  const content = { kind: 'blob', range, compression: 'none' } as const;
  return { layer: { position: 1, content } as unknown as Layer, index, file };
}

/** Reads all contents but those in `left`, of which only the first chunk is looked at; returns the bytes of each. */
async function readAll(layer: Layer, index: LayerIndex, left: readonly number[] = []): Promise<number[]> {
  const bytes: number[] = [];
  const rows = [...entriesOf(index)].map((_, row) => row);
  // What is not free goes to this thread; here all is to be the other one's.
  const always = { ...verifier, free: () => true };
  await readContents(
    layer,
    index,
    rows,
    async (row, content) => {
      let length = 0;
      for await (const chunk of content) {
        length += chunk.length;
        if (left.includes(row)) break;
      }
      bytes.push(length);
    },
    { limits: DEFAULT_LIMITS, verifier: always },
  );
  return bytes;
}

test('contents that are as they were indexed are right, and are passed on whole', async () => {
  const { layer, index } = await layerOf(archive);
  expect(await readAll(layer, index)).toEqual(sizes);
  await verifier.settled();
  expect(threads).toBe(1);
});

test.each([1, 4, 5, 7, 10, 11])('a changed byte of content %i is found', async (at) => {
  const { layer, index, file } = await layerOf(archive);
  const entry = [...entriesOf(index)][at];
  const changed = Buffer.from(archive);
  changed[entry.dataOffset + entry.size - 1] ^= 1;
  writeFileSync(file, changed);
  const reading = readAll(layer, index).then(() => verifier.settled());
  await expect(reading).rejects.toMatchObject({
    code: 'E_DIGEST_MISMATCH',
    message: expect.stringContaining(`f${String(at)}:`) as string,
  });
});

test('a content that is left is no reason to refuse it or those behind it', async () => {
  const { layer, index } = await layerOf(archive);
  expect(await readAll(layer, index, [4, 10])).toHaveLength(sizes.length);
  await verifier.settled();
});

test('more small contents than a block takes are each verified', async () => {
  const many = Array.from({ length: 9000 }, (_, i) => [`n${String(i)}`, String(i)] as const);
  const { layer, index, file } = await layerOf(tar([...many]));
  await readAll(layer, index);
  await verifier.settled();
  const changed = tar(many.map(([name, text]) => [name, name === 'n8500' ? '8501' : text]));
  writeFileSync(file, changed);
  await expect(readAll(layer, index).then(() => verifier.settled())).rejects.toThrow('n8500');
});
