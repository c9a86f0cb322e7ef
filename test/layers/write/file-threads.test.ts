import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { emptyIndex } from '../../../src/layers/index/empty-index.js';
import { extractWorker } from '../../../src/layers/write/extract-files.js';
import { createFileThreads, threadsFor } from '../../../src/layers/write/file-threads.js';
import { costOf, inParts, type LayerFiles } from '../../../src/layers/write/layer-files.js';
import { DEFAULT_LIMITS } from '../../../src/model/limits.js';
import { useFolder } from '../../helpers/look.js';
import { indexOfTar, tarOf } from '../../helpers/tar-layer.js';

/* Parts are the whole, once and in order; and after an error nobody makes files any more. */

const MiB = 1024 * 1024;
const folder = useFolder();

function filesOf(sizes: readonly number[], compression: 'gzip' | 'none'): LayerFiles {
  const index = { ...emptyIndex(), columns: { ...emptyIndex().columns, size: Float64Array.from(sizes) } };
  const rows = sizes.map((_, i) => i);
  const range = { path: '', offset: 0, length: 0 };
  const content = { kind: 'blob', range, compression } as const;
  return { layer: { content, position: 1 }, index, rows, paths: rows.map(String) };
}

test('any files in any number of parts', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(40 * MiB), { minLength: 1, maxLength: 50 }),
      fc.integer({ min: 1, max: 5 }),
      (sizes, most) => {
        const files = filesOf(sizes, 'none');
        const parts = inParts(files, most);
        expect(parts.flatMap(({ rows }) => rows)).toEqual(files.rows);
        expect(parts.flatMap(({ paths }) => paths)).toEqual(files.paths);
        expect(parts.length).toBeLessThanOrEqual(most);
        for (const part of parts.slice(0, -1))
          expect(costOf({ ...files, ...part })).toBeGreaterThanOrEqual(16 * MiB);
        expect(inParts(filesOf(sizes, 'gzip'), most)).toHaveLength(1);
      },
    ),
  );
});

test('threads are for much that can be divided', () => {
  const much = { cost: 100 * MiB, divides: false };
  expect(threadsFor([much])).toBe(0);
  const two = availableParallelism() < 2 ? 0 : 2;
  expect(threadsFor([{ ...much, divides: true }])).toBeGreaterThanOrEqual(two);
  expect(threadsFor([much, much])).toBe(two);
  expect(threadsFor([{ cost: MiB, divides: true }])).toBe(0);
  expect(threadsFor([])).toBe(0);
});

/** Many small files below `name` as a plain layer of their own. */
async function layerOf(name: string, change?: string): Promise<LayerFiles> {
  const tar = tarOf(
    Array.from({ length: 8000 }, (_, i) => ({
      name: `${name}${String(i)}`,
      content: `${String(i)} and more`,
    })),
  );
  const index = await indexOfTar(tar);
  if (change !== undefined) tar.write('X', tar.indexOf(change));
  const at = path.join(folder(), `${name}.tar`);
  writeFileSync(at, tar);
  const rows = Array.from({ length: 8000 }, (_, i) => i);
  const content = {
    kind: 'blob',
    range: { path: at, offset: 0, length: tar.length },
    compression: 'none',
  } as const;
  return { layer: { content, position: 1 }, index, rows, paths: rows.map((row) => `/${name}${String(row)}`) };
}

test('after an error in one part no other part is made, and all under way end with that error', async () => {
  const root = path.join(folder(), 'root');
  mkdirSync(root);
  const threads = createFileThreads(extractWorker({ preserve: false }), 2, { limits: DEFAULT_LIMITS });
  // One of the first of the second part: both have hardly begun.
  const changed = await layerOf('changed', '4100 and more');
  const other = await layerOf('other');
  const ended = await Promise.allSettled(
    [changed, other].map((files) => threads.make(files, { root, above: 0 })),
  );
  const count = readdirSync(root).length;
  await sleep(100);
  expect(readdirSync(root)).toHaveLength(count);
  expect(count).toBeLessThan(12_000);
  const wrong = {
    status: 'rejected',
    reason: expect.objectContaining({ code: 'E_DIGEST_MISMATCH' }) as unknown,
  };
  expect(ended).toEqual([wrong, wrong]);
  await threads.close();
});
