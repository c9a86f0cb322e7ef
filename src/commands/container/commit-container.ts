import type { CommitDetails } from '../../runtime/commit/new-config.js';
import type { FilterOptions } from '../../runtime/commit/path-filter.js';
import type { WrittenLayer } from '../../runtime/commit/layer.js';
import { type LayerPlan, planLayer } from '../../runtime/commit/plan-layer.js';
import { type CommittedImage, writeImage } from '../../runtime/commit/write-image.js';
import type { OpenContainer } from '../../runtime/container/open-container.js';
import { whilePaused } from '../../runtime/container/paused.js';
import type { ContainerRecord } from '../../runtime/container/record.js';
import type { ContainerPlace } from '../../runtime/container/state.js';
import { whileWriting } from '../../store/writing.js';
import { storeLayer } from './commit-layer.js';
import type { Context } from '../program/context.js';

export interface CommitRequest {
  readonly record: ContainerRecord;
  readonly reference: string;
  readonly filter: FilterOptions;
  readonly details: Omit<CommitDetails, 'diffID'> & { readonly onto: number | undefined };
  readonly epoch: number | undefined;
  /** Let a container that runs stand still while its files are read. */
  readonly pause: boolean;
}

/** What was put into the store. */
export interface CommittedContainer extends CommittedImage {
  readonly plan: LayerPlan | undefined;
  /** Undefined: nothing has changed. */
  readonly layer: WrittenLayer | undefined;
  /** How many layers the image has. */
  readonly layers: number;
}

/** Makes the image of a container under a name, which is given to it last. Throws what planLayer and writeImage throw. */
export function commitContainer(
  context: Context,
  place: ContainerPlace,
  container: OpenContainer,
  { record, reference, filter, details, epoch, pause }: CommitRequest,
): Promise<CommittedContainer> {
  const { limits, signal, log } = context;
  const { union, n, upper } = container;
  const { onto } = details;
  return whileWriting(place.store, async () => {
    const read = async () => {
      const plan = await planLayer(union, n, upper, { ...filter, limits, signal });
      return {
        plan,
        layer: await storeLayer(context, place.store, container, plan, { record, onto, epoch }),
      };
    };
    const { plan, layer } = await whilePaused(place, record, pause, read, log);
    const image = await writeImage(place.store, container, layer, reference, details);
    return { ...image, plan, layer, layers: (onto ?? n) + (layer === undefined ? 0 : 1) };
  });
}
