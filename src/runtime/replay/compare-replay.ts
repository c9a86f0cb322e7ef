import { differences } from '../../layers/compare/diff.js';
import { FACET } from '../../layers/union/facets.js';
import { dirname } from '../../model/path.js';
import type { Union } from '../../layers/union/union.js';
import { changesOf } from '../changes/changes-of.js';
import type { UpperEntry } from '../upper/upper-entry.js';

/** How what an instruction changed now compares with what its layer changed. */
export interface ReplayComparison {
  /** Paths that are the same afterwards, times apart. */
  readonly same: number;
  /** What the layer changed, and the replay did not. */
  readonly missing: readonly ReplayedPath[];
  /** What the replay changed, and the layer did not. */
  readonly extra: readonly ReplayedPath[];
  /** What both changed, but not alike. */
  readonly different: readonly ReplayedPath[];
}

export interface ReplayedPath {
  readonly path: string;
  /** What happened to it: in the replay, or for what is missing in the layer. */
  readonly kind: 'added' | 'modified' | 'removed';
  /** Mask of layers/facets: in what both differ; 0 where one of them has no such path. */
  readonly facets: number;
}

/**
 * Compares what a container of snapshot `n` wrote with layer `n + 1`. Times are left out: no build has them twice. `upper`
 * is walked twice. Throws what iterating it throws, E_INTERRUPTED.
 */
export async function compareReplay(
  union: Union,
  n: number,
  upper: () => Iterable<UpperEntry>,
  signal: AbortSignal | undefined,
): Promise<ReplayComparison> {
  const ours = await changesOf(union, n, upper(), { signal });
  const against = new Map(
    (await changesOf(union, n + 1, upper(), { signal })).map((change) => [change.path, change]),
  );
  const layer = new Map(
    [...differences({ union, n }, { union, n: n + 1 }, { ignore: FACET.mtime })].map((one) => [
      one.path,
      one,
    ]),
  );
  const mine = new Map(ours.filter(isMore).map((change) => [change.path, change]));
  let same = 0;
  const missing: ReplayedPath[] = [];
  const extra: ReplayedPath[] = [];
  const different: ReplayedPath[] = [];
  for (const { path, kind } of mine.values()) {
    const real = layer.get(path);
    const left = against.get(path);
    const facets = (left?.facets ?? 0) & ~FACET.mtime;
    if (real === undefined) extra.push({ path, kind, facets: 0 });
    else if ((kind === 'removed') !== (real.kind === 'removed')) different.push({ path, kind, facets: 0 });
    else if (kind !== 'removed' && facets !== 0) different.push({ path, kind, facets });
    else same += 1;
  }
  for (const { path, kind } of layer.values()) {
    if (mine.has(path) || kind === 'renamed') continue;
    // Of a directory that is gone the replay has one change, the layer one for every path.
    if (kind === 'removed' && isBelowRemoved(path, mine)) same += 1;
    else missing.push({ path, kind, facets: 0 });
  }
  return { same, missing, extra, different };
}

function isMore({ kind, facets }: { readonly kind: string; readonly facets: number }): boolean {
  return kind !== 'modified' || (facets & ~FACET.mtime) !== 0;
}

function isBelowRemoved(path: string, mine: ReadonlyMap<string, { readonly kind: string }>): boolean {
  for (let above = dirname(path); above !== '/'; above = dirname(above))
    if (mine.get(above)?.kind === 'removed') return true;
  return false;
}
