import { compareRows, FACET } from '../union/facets.js';
import { linkGroups, type LinkGroup } from './link-groups.js';
import { fileAt, type SnapshotFile } from '../union/snapshot-file.js';
import { leavesFile } from '../union/union.js';
import { type Side, walkBoth } from './walk-both.js';

export type DifferenceKind = 'added' | 'removed' | 'modified' | 'renamed';

/** How one path differs between two snapshots. */
export interface Difference {
  readonly kind: DifferenceKind;
  /** In the second snapshot; in the first when it was removed. */
  readonly path: string;
  /** Mask of facets.ts; 0 for added and removed. Of a renamed file what differs besides its path. */
  readonly facets: number;
  /** What the first snapshot has; of a renamed file at its old path. */
  readonly before: SnapshotFile | undefined;
  readonly after: SnapshotFile | undefined;
  /** The layer of the snapshot that has no such path which removed or hid it there; undefined where none ever had it. */
  readonly goneIn: number | undefined;
}

export interface DiffOptions {
  /** Rooted clean paths: only what is at and below them. Default: everything. */
  readonly tops?: readonly string[];
  /** Facets that do not count (mask of facets.ts). */
  readonly ignore?: number;
  /** Which paths count. */
  readonly fits?: ((path: string) => boolean) | undefined;
}

/**
 * Yields every path by which snapshot `b` differs from snapshot `a`, by path. Contents are compared by digest. Time is
 * linear in the paths of both; nothing is read from the layers.
 */
export function* differences(a: Side, b: Side, options: DiffOptions = {}): Generator<Difference> {
  const { ignore = 0, fits } = options;
  const groupsBefore = linkGroups(a.union, a.n);
  const groupsAfter = linkGroups(b.union, b.n);
  for (const top of topmost(options.tops ?? ['/']))
    for (const [before, after] of walkBoth(a, b, top)) {
      const found = compare(a, before, b, after, groupsBefore.get(before), groupsAfter.get(after), ignore);
      if (found !== undefined && fits?.(found.path) !== false) yield found;
    }
}

const ONE_SIDED = { facets: 0, before: undefined, after: undefined } as const;

function compare(
  a: Side,
  before: number,
  b: Side,
  after: number,
  groupBefore: LinkGroup | undefined,
  groupAfter: LinkGroup | undefined,
  ignore: number,
): Difference | undefined {
  const old = before < 0 ? undefined : fileAt(a.union, before, a.n);
  const now = after < 0 ? undefined : fileAt(b.union, after, b.n);
  if (old === undefined)
    return now === undefined
      ? undefined
      : { ...ONE_SIDED, kind: 'added', path: now.path, after: now, goneIn: goneIn(a, before) };
  if (now === undefined)
    return { ...ONE_SIDED, kind: 'removed', path: old.path, before: old, goneIn: goneIn(b, after) };
  const links = groupBefore?.key === groupAfter?.key ? 0 : FACET.links;
  const facets = (compareFiles(a, old, b, now) | links) & ~ignore;
  return facets === 0
    ? undefined
    : { kind: 'modified', path: now.path, facets, before: old, after: now, goneIn: undefined };
}

/** Returns the mask of facets in which two files differ, hard links apart. */
export function compareFiles(a: Side, before: SnapshotFile, b: Side, after: SnapshotFile): number {
  const old = before.inode;
  const now = after.inode;
  if (old !== undefined && now !== undefined) {
    const oldLayer = a.union.layers[old.layer - 1];
    const newLayer = b.union.layers[now.layer - 1];
    return oldLayer === newLayer && old.row === now.row
      ? 0
      : compareRows(oldLayer, old.row, newLayer, now.row);
  }
  // A directory that no layer has an entry for has no time to compare.
  let mask = 0;
  if (before.kind !== after.kind) mask |= FACET.kind;
  if (before.mode !== after.mode) mask |= FACET.mode;
  if (before.uid !== after.uid || before.gid !== after.gid) mask |= FACET.owner;
  if (before.xattrs.size + after.xattrs.size > 0) mask |= FACET.xattrs;
  return mask;
}

/** The layer that took away what `side` no longer has at `node`. */
function goneIn({ union, n }: Side, node: number): number | undefined {
  if (node < 0) return undefined;
  const { touchStart, touches } = union;
  for (let touch = touchStart[node + 1] - 1; touch >= touchStart[node]; touch--)
    if (touches.layer[touch] <= n) return leavesFile(union, touch) ? undefined : touches.layer[touch];
  return undefined;
}

/** Without those that lie below another, so that no path is met twice. */
function topmost(tops: readonly string[]): string[] {
  const sorted = [...new Set(tops)].sort();
  const kept: string[] = [];
  for (const top of sorted)
    if (!kept.some((other) => other === '/' || top.startsWith(`${other}/`))) kept.push(top);
  return kept;
}

/** Whether the contents of a difference's files are not the same. */
export function differsInContent({ kind, facets, before, after }: Difference): boolean {
  if (kind === 'added' || kind === 'removed') return (after ?? before)?.kind === 'file';
  return (facets & (FACET.content | FACET.kind)) !== 0 && (before?.kind === 'file' || after?.kind === 'file');
}
