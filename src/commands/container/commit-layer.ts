import type { ContainerRecord } from '../../runtime/container/record.js';
import type { OpenContainer } from '../../runtime/container/open-container.js';
import { layerBlob, type WrittenLayer } from '../../runtime/commit/layer.js';
import type { LayerPlan } from '../../runtime/commit/plan-layer.js';
import { putBlob } from '../../store/blob.js';
import type { Store } from '../../store/store.js';
import type { Context } from '../program/context.js';

export interface LayerRequest {
  readonly record: ContainerRecord;
  /** The layer above which everything becomes one; undefined: the changes alone. */
  readonly onto: number | undefined;
  readonly epoch: number | undefined;
}

/** Stores the layer that a commit adds, with progress; undefined when there is nothing to put into one. */
export async function storeLayer(
  { limits, signal, progress }: Context,
  store: Store,
  container: OpenContainer,
  plan: LayerPlan | undefined,
  { record, onto, epoch }: LayerRequest,
): Promise<WrittenLayer | undefined> {
  const onBytes = (count: number): void => {
    progress.advance(count);
  };
  try {
    if (onto !== undefined) {
      const { squashedLayer } = await import('../../runtime/commit/squashed-layer.js');
      return await squashedLayer(store, container, plan, {
        onto,
        limits,
        signal,
        sourceDateEpoch: epoch,
        onBegin: (total) => {
          progress.begin(total, `squashing ${record.name}`);
        },
        onBytes,
      });
    }
    if (plan === undefined) return undefined;
    progress.begin(plan.contentBytes, `committing ${record.name}`);
    const blob = layerBlob(plan, { compression: 'gzip', sourceDateEpoch: epoch, signal, onBytes });
    await putBlob(store, blob);
    return blob.result();
  } finally {
    progress.end();
  }
}
