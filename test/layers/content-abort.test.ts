import { describe, expect, it } from 'vitest';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readContents } from '../../src/layers/read/content.js';
import { indexLayer } from '../../src/layers/index/index-layer.js';
import type { Layer } from '../../src/model/image.js';
import { DEFAULT_LIMITS } from '../../src/model/limits.js';
import { sparseTar } from '../helpers/sparse.js';

/** It has no digest, and would take minutes to expand. */
const HOLES = 200 * 1024 * 1024 * 1024;

describe('reading contents', () => {
  it('hears an abort while it makes the zeros of a hole', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'strata-content-'));
    try {
      const file = path.join(folder, 'layer.tar');
      const tar = sparseTar([['hole', HOLES]]);
      await writeFile(file, tar);
      const content = {
        kind: 'blob',
        range: { path: file, offset: 0, length: tar.length },
        compression: 'none',
      } as const;
      const layer: Layer = {
        position: 1,
        mediaType: '',
        digest: undefined,
        diffID: undefined,
        size: tar.length,
        content,
        step: undefined,
      };
      const limits = DEFAULT_LIMITS;
      const { index } = await indexLayer({ ...content, digest: undefined, diffID: undefined, limits });
      expect(index.columns.size[0]).toBe(HOLES);
      const stop = new AbortController();
      setTimeout(() => {
        stop.abort();
      }, 20);
      let bytes = 0;
      const visit = async (_row: number, chunks: AsyncIterable<Uint8Array>): Promise<void> => {
        for await (const chunk of chunks) bytes += chunk.length;
      };
      await expect(
        readContents(layer, index, [0], visit, { limits, signal: stop.signal }),
      ).rejects.toMatchObject({
        code: 'E_INTERRUPTED',
      });
      expect(bytes).toBeLessThan(HOLES);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
