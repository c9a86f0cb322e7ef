import path from 'node:path';
import type { IndexedLayer } from '../../layers/index/index-image.js';
import type { Union } from '../../layers/union/union.js';
import { pinFile } from '../../store/plain-layers.js';
import type { Store } from '../../store/store.js';
import { type ErofsDevice, type SparseDevice } from '../erofs/devices.js';
import type { LeftOut } from '../erofs/left-out.js';
import { fillSparseDevice } from '../erofs/sparse-device.js';
import { writeErofs } from '../erofs/write.js';
import { keptErofs } from './kept-erofs.js';
import { plainLayers, type PlainLayersOptions } from './plain-layers.js';
import type { ErofsSnapshot } from './prepared.js';

/** Names inside of the folder. */
const IMAGE = 'snapshot.erofs';
const SPARSE = 'sparse';

/**
 * Puts into the empty directory `folder` all that mounting snapshot `n` as EROFS needs. What it throws:
 * {@link plainLayers} and {@link keptErofs}.
 */
export async function prepareErofs(
  store: Store,
  { layers, union }: { readonly layers: readonly IndexedLayer[]; readonly union: Union },
  n: number,
  folder: string,
  options: PlainLayersOptions,
): Promise<ErofsSnapshot & { readonly left: LeftOut }> {
  const encoded = await keptErofs(store, { layers, union }, n);
  const used = new Set(encoded.devices.flatMap(layersOf));
  const numbers = [...used].sort((a, b) => a - b);
  const tars = await plainLayers(
    store,
    numbers.map((number) => layers[number - 1]),
    options,
  );
  const tarOf = new Map(numbers.map((number, i) => [number, tars[i]]));
  const devices = await Promise.all(
    encoded.devices.map(async (device) => {
      const name = path.join(folder, device.kind === 'layer' ? String(device.layer) : SPARSE);
      if (device.kind === 'layer') await pinFile(tarOf.get(device.layer) ?? '', name);
      else fillSparseDevice(device, union, (layer) => tarOf.get(layer) ?? '', name);
      return name;
    }),
  );
  const image = path.join(folder, IMAGE);
  writeErofs(encoded, image);
  return { kind: 'erofs', image, devices, left: encoded.left };
}

function layersOf(device: ErofsDevice): readonly number[] {
  return device.kind === 'layer' ? [device.layer] : sparseLayers(device);
}

function sparseLayers({ files }: SparseDevice): readonly number[] {
  return [...new Set(files.map(({ layer }) => layer))];
}
