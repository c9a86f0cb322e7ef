import { historyOf } from '../../layers/history/history.js';
import type { ExploreOptions } from '../../tui/explore.js';
import type { OtherImage } from '../../tui/effects/outside.js';
import type { Context } from '../program/context.js';
import { gatherAnomalies, type OpenedImage } from '../image/open.js';

/** What the explorer needs of an image. */
export type LookedAt = Pick<ExploreOptions, 'image' | 'limits' | 'load'> & {
  readonly start: Pick<ExploreOptions['start'], 'image' | 'n' | 'layer' | 'steps'>;
};

/** Returns how the explorer reads and judges an open image. Reads nothing yet. */
export function lookedAt(
  { image, n: layer }: OpenedImage,
  context: Pick<Context, 'limits' | 'store'>,
): LookedAt {
  const { limits } = context;
  const steps = historyOf(image);
  const n = image.layers.length;
  return {
    image,
    limits,
    start: { image, n, layer, steps },
    load: {
      image,
      n,
      index: async () => ({ store: await context.store(), limits }),
      anomaliesOf: (layers, union) => gatherAnomalies(image, layers, union).list,
      judge: async (layers, union) => {
        const [{ openClassified }, { wasteOf }, { wasteOptions }] = await Promise.all([
          import('../../layers/waste/open-classified.js'),
          import('../../layers/waste/waste-sums.js'),
          import('../waste/waste-options.js'),
        ]);
        const classified = await openClassified(union, n, await context.store());
        return { classified, waste: wasteOf(classified, wasteOptions(image, n, layers, steps)) };
      },
    },
  };
}

/** Returns how a second image is read beside it. Reads nothing yet. */
export function besideOf(
  opened: OpenedImage,
  context: Pick<Context, 'limits' | 'store'>,
): { other: OtherImage; start: LookedAt['start'] } {
  const { image, start, load } = lookedAt(opened, context);
  const read: OtherImage['read'] = async (onBytes, signal) => {
    const { indexImage } = await import('../../layers/index/index-image.js');
    return indexImage(image, { ...(await load.index()), signal, onBytes: (_layer, count) => onBytes(count) });
  };
  return { other: { image, read }, start };
}
