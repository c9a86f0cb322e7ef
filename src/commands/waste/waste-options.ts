import { guessBase } from '../../layers/history/base-image.js';
import type { Step } from '../../layers/history/history.js';
import type { IndexedLayer } from '../../layers/index/index-image.js';
import type { WasteOptions } from '../../layers/waste/waste-sums.js';
import type { Image } from '../../model/image.js';

/** What the sums of an image's waste are made with. */
export function wasteOptions(
  image: Image,
  n: number,
  layers: readonly IndexedLayer[],
  steps: readonly Step[],
): Omit<WasteOptions, 'ignore'> {
  return {
    ratios: layers.map(storedRatio),
    steps,
    baseLayers: baseLayers(guessBase(image, steps)?.steps ?? 0, steps, n),
  };
}

/** Stored bytes by plain bytes; undefined where either is not known. */
function storedRatio({ facts, layer, index }: IndexedLayer): number | undefined {
  if (layer.content.kind === 'directory') return undefined;
  const stored = facts?.storedBytes ?? layer.size;
  return stored === undefined || index.plainBytes === 0 ? undefined : stored / index.plainBytes;
}

/** Layers of the first steps; 0 when they are all there is, for then it is the base image itself that is looked at. */
function baseLayers(count: number, steps: readonly Step[], n: number): number {
  const layers = steps.slice(0, count).flatMap(({ layer }) => layer ?? []).length;
  return layers >= n ? 0 : layers;
}
