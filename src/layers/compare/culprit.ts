import type { Difference } from './diff.js';
import { nodePath } from '../index/path-table.js';
import { linkedNodes } from '../search/find.js';
import type { SnapshotFile } from '../union/snapshot-file.js';
import { lookup } from '../union/union.js';
import type { Side } from './walk-both.js';

/** The layer of one of two snapshots that made a difference. */
export interface Culprit {
  readonly side: 'before' | 'after';
  readonly layer: number;
}

/**
 * Returns a function that names the layer which made a difference: a layer that both snapshots have made none. Where
 * each side has one that did something to the path, the second snapshot's is named; where neither has, one that did
 * something to another name of the file.
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
  /** The topmost layer of a side that touched one of the names, and that the other has not. */
  const touching = (side: Culprit['side'], names: readonly string[]): Culprit | undefined => {
    const [{ union, n }, shared] = side === 'before' ? [a, sharedBefore] : [b, sharedAfter];
    let top = 0;
    for (const node of names.map((name) => lookup(union, name)).filter((found) => found >= 0))
      for (let touch = union.touchStart[node]; touch < union.touchStart[node + 1]; touch++) {
        const layer = union.touches.layer[touch];
        if (layer <= n && layer > top && !shared.has(layer)) top = layer;
      }
    return top === 0 ? undefined : { side, layer: top };
  };
  const ofOtherName = ({ before, after }: Difference): Culprit | undefined => {
    const names = [...namesOf(a, before), ...namesOf(b, after)];
    return touching('after', names) ?? touching('before', names);
  };
  const ofOwnName = ({ kind, before, after, goneIn }: Difference): Culprit | undefined =>
    kind === 'removed'
      ? (gone('after', goneIn) ?? own('before', before))
      : (own('after', after) ?? (kind === 'added' ? gone('before', goneIn) : own('before', before)));
  return (difference) => ofOwnName(difference) ?? ofOtherName(difference) ?? shownIn(difference);
}

/** The paths of all names of a file. */
function namesOf({ union, n }: Side, file: SnapshotFile | undefined): string[] {
  return file === undefined ? [] : linkedNodes(union, n, file).map((node) => nodePath(union.paths, node));
}

function shownIn({ before, after }: Difference): Culprit {
  return { side: after === undefined ? 'before' : 'after', layer: (after ?? before)?.layer ?? 0 };
}

function sharedLayers(of: Side, other: Side): ReadonlySet<number> {
  const theirs = new Set(other.union.layers.slice(0, other.n).map(({ diffID }) => diffID));
  const shared = new Set<number>();
  for (let layer = 1; layer <= of.n; layer++)
    if (theirs.has(of.union.layers[layer - 1].diffID)) shared.add(layer);
  return shared;
}
