import type { Image } from '../../model/image.js';
import { fail } from '../../model/error.js';

/** Returns the position of the layer that `--layer N` means: 1 is the base, -1 the top. Throws E_USAGE, E_SNAPSHOT_RANGE. */
export function parseLayer(text: string, image: Pick<Image, 'layers'>): number {
  if (!/^-?[0-9]{1,9}$/.test(text))
    fail('E_USAGE', `reading --layer '${text}': not a number`, {
      hint: 'write the number of a layer; 1 is the base, -1 the top',
    });
  const count = image.layers.length;
  const asked = Number(text);
  const layer = asked < 0 ? count + 1 + asked : asked;
  if (layer >= 1 && layer <= count) return layer;
  return fail(
    'E_SNAPSHOT_RANGE',
    `choosing layer ${text}: the image has ${count === 0 ? 'no layers' : count === 1 ? 'one layer, 1' : `layers 1 to ${String(count)}`}`,
    { hint: 'strata layers lists them' },
  );
}

/** Returns the positions that `2`, `2,5` or `3-6,9` means. Throws E_USAGE, E_SNAPSHOT_RANGE. */
export function parseLayers(text: string, image: Pick<Image, 'layers'>): ReadonlySet<number> {
  const layers = new Set<number>();
  for (const part of text.split(',')) {
    const range = /^([0-9]{1,9})-([0-9]{1,9})$/.exec(part);
    if (range === null) {
      layers.add(parseLayer(part, image));
      continue;
    }
    const [first, last] = [parseLayer(range[1], image), parseLayer(range[2], image)];
    if (first > last)
      fail('E_USAGE', `reading the layers '${part}': that range is empty`, {
        hint: `write ${String(last)}-${String(first)}`,
      });
    for (let layer = first; layer <= last; layer++) layers.add(layer);
  }
  return layers;
}
