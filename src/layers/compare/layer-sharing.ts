import type { Digest } from '../../model/digest.js';
import type { IndexedLayer } from '../index-image.js';

/** A layer of one image or of both, by diffID. */
export interface SharedLayer {
  readonly diffID: Digest;
  /** Numbers; undefined where the image does not have it. */
  readonly before: number | undefined;
  readonly after: number | undefined;
  /** Bytes of the plain tar. */
  readonly plainBytes: number;
  /** Bytes of the blob as stored, of the second image where both have it; undefined where unknown. */
  readonly storedBytes: number | undefined;
}

/**
 * Returns the layers of two images: those of the second in order, each with its place in the first if it is there, then
 * those that only the first has. A layer that an image has several times is paired in order.
 */
export function layerSharing(before: readonly IndexedLayer[], after: readonly IndexedLayer[]): SharedLayer[] {
  const places = new Map<string, number[]>();
  for (const [i, { index }] of before.entries()) {
    const same = places.get(index.diffID);
    if (same === undefined) places.set(index.diffID, [i + 1]);
    else same.push(i + 1);
  }
  const both = after.map((layer, i): SharedLayer => ({
    ...factsOf(layer),
    before: places.get(layer.index.diffID)?.shift(),
    after: i + 1,
  }));
  const left = new Set([...places.values()].flat());
  const only = before.flatMap((layer, i) =>
    left.has(i + 1) ? [{ ...factsOf(layer), before: i + 1, after: undefined }] : [],
  );
  return [...both, ...only];
}

function factsOf({ layer, index, facts }: IndexedLayer): Omit<SharedLayer, 'before' | 'after'> {
  return {
    diffID: index.diffID,
    plainBytes: index.plainBytes,
    storedBytes: facts?.storedBytes ?? layer.size,
  };
}
