import type { Difference } from './diff.js';
import type { SnapshotFile } from '../union/snapshot-file.js';
import type { Side } from './walk-both.js';

/** The layer of one of two snapshots that made a difference. */
export interface Culprit {
  readonly side: 'before' | 'after';
  readonly layer: number;
}

/**
 * Returns a function that names the layer which made a difference: a layer that both snapshots have made none. Where
 * each side has one that did something to the path, the second snapshot's is named.
 */
export function culpritOf(a: Side, b: Side): (difference: Difference) => Culprit {
  const sharedBefore = sharedLayers(a, b);
  const sharedAfter = sharedLayers(b, a);
  const own = (side: Culprit['side'], file: Pick<SnapshotFile, 'layer'> | undefined): Culprit | undefined => {
    const shared = side === 'before' ? sharedBefore : sharedAfter;
    return file === undefined || shared.has(file.layer) ? undefined : { side, layer: file.layer };
  };
  const gone = (side: Culprit['side'], layer: number | undefined): Culprit | undefined =>
    layer === undefined ? undefined : own(side, { layer });
  return ({ kind, before, after, goneIn }) =>
    (kind === 'removed'
      ? (gone('after', goneIn) ?? own('before', before))
      : (own('after', after) ?? (kind === 'added' ? gone('before', goneIn) : own('before', before)))) ?? {
      side: after === undefined ? 'before' : 'after',
      layer: (after ?? before)?.layer ?? 0,
    };
}

function sharedLayers(of: Side, other: Side): ReadonlySet<number> {
  const theirs = new Set(other.union.layers.slice(0, other.n).map(({ diffID }) => diffID));
  const shared = new Set<number>();
  for (let layer = 1; layer <= of.n; layer++)
    if (theirs.has(of.union.layers[layer - 1].diffID)) shared.add(layer);
  return shared;
}
