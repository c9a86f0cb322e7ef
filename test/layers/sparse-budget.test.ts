import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { indexLayer } from '../../src/layers/index/index-layer.js';
import { DEFAULT_LIMITS } from '../../src/model/limits.js';
import { sparseTar } from '../helpers/sparse.js';
import { scratch } from '../io/scratch.js';

test('many sparse files of nothing but holes cost no more than one', async () => {
  const names = Array.from({ length: 200 }, (_, i) => `hole${String(i)}`);
  const tar = sparseTar(names.map((name) => [name, 700 * 1024 * 1024] as const));
  const file = path.join(scratch(), 'layer.tar');
  writeFileSync(file, tar);
  const range = { path: file, offset: 0, length: tar.length };
  const job = {
    range,
    compression: 'none',
    digest: undefined,
    diffID: undefined,
    limits: DEFAULT_LIMITS,
  } as const;
  const { index } = await indexLayer(job);
  expect([...index.columns.content].map((slot) => slot > 0)).toEqual(names.map((_, i) => i === 0));
  expect(index.anomalyCounts.get('sparse-digest-skipped')).toBe(199);
});
