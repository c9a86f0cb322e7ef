import path from 'node:path';
import { pushed } from '../../io/pushed.js';
import { spool, type SpooledFile } from '../../io/spool.js';
import { changedNodes } from '../../layers/changes/changed-nodes.js';
import { indexImage } from '../../layers/index/index-image.js';
import { squashLayers } from '../../layers/write/squash.js';
import type { Union } from '../../layers/union/union.js';
import { unite } from '../../layers/union/unite.js';
import type { Digest } from '../../model/digest.js';
import type { Layer } from '../../model/image.js';
import type { Limits } from '../../model/limits.js';
import { MEDIA_TYPE } from '../../model/media-type.js';
import { putBlob } from '../../store/blob.js';
import { ensureLayout } from '../../store/layout.js';
import { TEMPORARY } from '../../store/layout-names.js';
import type { Store } from '../../store/store.js';
import type { OpenContainer } from '../container/open-container.js';
import { layerBlob, packLayer, type WrittenLayer } from './layer.js';
import type { LayerPlan } from './plan-layer.js';

export interface SquashOptions {
  /** The layer above which everything becomes one; 0: all. */
  readonly onto: number;
  readonly limits: Limits;
  readonly sourceDateEpoch: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onBegin?: (total: number) => void;
  readonly onBytes?: (count: number) => void;
}

/**
 * Stores the layer that does on snapshot `onto` what the layers above it and the container do together, and returns it;
 * undefined when that is nothing. Law 3 holds for it: it is made of the very layer that a plain commit would store. Throws what
 * {@link layerBlob} and {@link squashLayers} throw.
 */
export async function squashedLayer(
  store: Store,
  container: OpenContainer,
  plan: LayerPlan | undefined,
  options: SquashOptions,
): Promise<WrittenLayer | undefined> {
  const { onto, limits, signal, sourceDateEpoch } = options;
  const own = plan === undefined ? undefined : await spoolOwn(store, plan, options);
  try {
    const { union, layers } = await stacked(store, container, own, options);
    const nodes = changedNodes(union, onto, layers.length);
    if (nodes.written.length === 0) return undefined;
    const blob = packLayer(
      (counts) =>
        pushed(async (write) => {
          const { onBegin, onBytes } = options;
          const squash = { limits, signal, write, clampTime: sourceDateEpoch, onBegin, onBytes };
          Object.assign(counts, await squashLayers(union, layers, layers.length, nodes, squash));
        }),
      'gzip',
    );
    await putBlob(store, blob);
    return blob.result();
  } finally {
    await own?.file.close();
  }
}

/** The container's own layer, for as long as it is needed. */
interface OwnLayer {
  readonly file: SpooledFile;
  readonly diffID: Digest;
}

async function spoolOwn(
  store: Store,
  plan: LayerPlan,
  { signal, sourceDateEpoch }: SquashOptions,
): Promise<OwnLayer> {
  await ensureLayout(store);
  const blob = layerBlob(plan, { compression: 'none', sourceDateEpoch, signal });
  const file = await spool(blob, path.join(store.paths.root, TEMPORARY), { signal });
  return { file, diffID: blob.result().diffID };
}

async function stacked(
  store: Store,
  { image, n, union }: OpenContainer,
  own: OwnLayer | undefined,
  { limits, signal }: SquashOptions,
): Promise<{ readonly union: Union; readonly layers: readonly Layer[] }> {
  const below = image.layers.slice(0, n);
  if (own === undefined) return { union, layers: below };
  const { range } = own.file;
  const layer: Layer = {
    position: n + 1,
    mediaType: MEDIA_TYPE.ociLayer,
    digest: undefined,
    size: range.length,
    diffID: own.diffID,
    content: { kind: 'blob', range, compression: 'none' },
    step: undefined,
  };
  const [{ index }] = await indexImage({ ...image, layers: [layer] }, { store, limits, signal });
  return { union: unite([...union.layers, index]), layers: [...below, layer] };
}
