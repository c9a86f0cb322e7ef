import { describe, expect, it } from 'vitest';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readContents } from '../../src/layers/content.js';
import { indexLayer } from '../../src/layers/index-layer.js';
import type { Layer } from '../../src/model/image.js';
import { DEFAULT_LIMITS } from '../../src/model/limits.js';

const HOLES = 200 * 1024 * 1024 * 1024;

/** An old GNU sparse file of almost nothing but a hole, which has no digest and would take minutes to expand. */
function sparseTar(): Buffer {
  const header = Buffer.alloc(512);
  const octal = (value: number, at: number, length: number): number =>
    header.write(value.toString(8).padStart(length - 1, '0'), at, 'latin1');
  header.write('hole', 0, 'latin1');
  octal(0o644, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(512, 124, 12);
  octal(0, 136, 12);
  header.write('        S', 148, 'latin1');
  header.write('ustar  \0', 257, 'latin1');
  octal(0, 386, 12);
  octal(512, 398, 12);
  header[483] = 0x80;
  header.writeBigUInt64BE(BigInt(HOLES), 487);
  octal(
    header.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  return Buffer.concat([header, Buffer.alloc(512, 'x'), Buffer.alloc(1024)]);
}

describe('reading contents', () => {
  it('hears an abort while it makes the zeros of a hole', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'strata-content-'));
    try {
      const file = path.join(folder, 'layer.tar');
      const tar = sparseTar();
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
