import { KIND } from '../../model/entry.js';
import { nodePath } from '../index/path-table.js';
import { TOUCH, TOUCH_KINDS, type TouchKind } from '../union/touch.js';
import { touchFacets } from './changes.js';
import { type Facet, facetNames } from '../union/facets.js';
import { fileOfTouch, type SnapshotFile } from '../union/snapshot-file.js';
import { leavesFile, type Union } from '../union/union.js';

/** What one layer did to a path. */
export interface BlameStep {
  readonly layer: number;
  readonly kind: TouchKind;
  /** What differs from the version before; empty for added, removed and hidden. */
  readonly facets: readonly Facet[];
  /** What the path was after the layer; undefined when it was gone. */
  readonly file: SnapshotFile | undefined;
  /** What made it hidden. */
  readonly by: HiddenBy | undefined;
  /** What it was before. */
  readonly before: SnapshotFile | undefined;
}

/** What hides all that is below a directory. */
export interface HiddenBy {
  /** A whiteout of a directory above, its opaque mark, or what took its place. */
  readonly how: 'removed' | 'opaque' | 'replaced';
  /** That directory. */
  readonly path: string;
}

/** Returns the life of a path up to layer `n`, oldest first. */
export function blame(union: Union, node: number, n = union.layers.length): BlameStep[] {
  const steps: BlameStep[] = [];
  let last = -1;
  for (let touch = union.touchStart[node]; touch < union.touchStart[node + 1]; touch++) {
    if (union.touches.layer[touch] > n) break;
    const stays = leavesFile(union, touch);
    steps.push({
      layer: union.touches.layer[touch],
      kind: TOUCH_KINDS[union.touches.kind[touch]],
      facets: stays && last >= 0 ? facetNames(touchFacets(union, last, touch)) : [],
      file: stays ? fileOfTouch(union, node, touch) : undefined,
      by: union.touches.kind[touch] === TOUCH.hidden ? hiddenBy(union, touch) : undefined,
      before: last < 0 ? undefined : fileOfTouch(union, node, last),
    });
    last = stays ? touch : -1;
  }
  return steps;
}

function hiddenBy({ layers, touches }: Union, touch: number): HiddenBy {
  const { columns, paths } = layers[touches.layer[touch] - 1];
  const row = touches.row[touch];
  const kind = columns.kind[row];
  return {
    how: kind === KIND.whiteout ? 'removed' : kind === KIND.opaque ? 'opaque' : 'replaced',
    path: nodePath(paths, columns.node[row]),
  };
}
