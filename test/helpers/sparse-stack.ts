import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { indexLayer } from '../../src/layers/index/index-layer.js';
import type { LayerIndex } from '../../src/layers/index/layer-index.js';
import { unite } from '../../src/layers/union/unite.js';
import type { Union } from '../../src/layers/union/union.js';
import { DEFAULT_LIMITS } from '../../src/model/limits.js';
import { scratch } from '../io/scratch.js';
import { layerOf } from './layers.js';
import { sparseTar } from './sparse.js';

const MEBIBYTE = 1_048_576;

/**
 * Three layers of sparse files, 512 bytes stored of each of some megabytes: the second stores one of them again, the
 * third removes another.
 */
export async function sparseStack(): Promise<{ readonly union: Union; readonly stored: number }> {
  const first = await read('first', [
    ['again', MEBIBYTE],
    ['removed', 2 * MEBIBYTE],
    ['kept', 3 * MEBIBYTE],
  ]);
  const second = await read('second', [['again', MEBIBYTE]]);
  return { union: unite([first, second, layerOf([{ name: '.wh.removed' }])]), stored: 4 * 512 };
}

async function read(name: string, files: readonly (readonly [string, number])[]): Promise<LayerIndex> {
  const tar = sparseTar(files);
  const file = path.join(scratch(), `${name}.tar`);
  writeFileSync(file, tar);
  const range = { path: file, offset: 0, length: tar.length };
  const facts = { compression: 'none', digest: undefined, diffID: undefined } as const;
  return (await indexLayer({ range, ...facts, limits: DEFAULT_LIMITS })).index;
}
