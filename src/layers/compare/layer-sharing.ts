import type { Digest } from '../../model/digest.js';
import type { IndexedLayer } from '../index/index-image.js';
import type { LayerIndex } from '../index/layer-index.js';

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
  const pairs = samePlaces(
    before.map(({ index }) => index),
    after.map(({ index }) => index),
  );
  const both = after.map((layer, i): SharedLayer => ({
    ...factsOf(layer),
    before: pairs.get(i + 1),
    after: i + 1,
  }));
  const taken = new Set(pairs.values());
  const only = before.flatMap((layer, i) =>
    taken.has(i + 1) ? [] : [{ ...factsOf(layer), before: i + 1, after: undefined }],
  );
  return [...both, ...only];
}

/** Returns the number of the same layer in the first stack for every layer of the second that the first has, in order. */
export function samePlaces(
  before: readonly LayerIndex[],
  after: readonly LayerIndex[],
): ReadonlyMap<number, number> {
  const places = new Map<string, number[]>();
  for (const [i, { diffID }] of before.entries()) {
    const same = places.get(diffID);
    if (same === undefined) places.set(diffID, [i + 1]);
    else same.push(i + 1);
  }
  const pairs = new Map<number, number>();
  for (const [i, { diffID }] of after.entries()) {
    const place = places.get(diffID)?.shift();
    if (place !== undefined) pairs.set(i + 1, place);
  }
  return pairs;
}

function factsOf({ layer, index, facts }: IndexedLayer): Omit<SharedLayer, 'before' | 'after'> {
  return {
    diffID: index.diffID,
    plainBytes: index.plainBytes,
    storedBytes: facts?.storedBytes ?? layer.size,
  };
}
