import type { ArchiveMember } from './archive-member.js';
import type { ArchiveFormat, ArchiveListing } from './archive-members.js';
import { capped, type Capped } from './capped.js';
import { type ContentDiff, type ContentDiffOptions, diffContents } from './content-diff.js';

/** In what a member may differ, besides its time. */
export type MemberFacet = 'kind' | 'content' | 'link' | 'mode' | 'owner';

export interface ChangedMember {
  readonly path: string;
  readonly before: ArchiveMember;
  readonly after: ArchiveMember;
  readonly facets: readonly MemberFacet[];
}

export interface ArchiveDifference {
  readonly formats: readonly [before: ArchiveFormat, after: ArchiveFormat];
  /** Members listed. */
  readonly counts: readonly [before: number, after: number];
  readonly added: Capped<ArchiveMember>;
  readonly removed: Capped<ArchiveMember>;
  readonly changed: Capped<ChangedMember>;
  /** Members that are the same but for their time. */
  readonly retimed: number;
  /** Members that were not read, so that only the CRC which the archive states was compared: it proves nothing. */
  readonly byChecksum: number;
  /**
   * True when every member was read and is the same on both sides: only times, the order, comments or the compression
   * differ.
   */
  readonly onlyTimes: boolean;
  /** Why a side was not listed to its end; what lies beyond is neither added nor removed. Raw text. */
  readonly stopped: readonly [before: string | undefined, after: string | undefined];
  /** How the only contents of two compressed files differ; undefined for others, and when too large. */
  readonly inner: ContentDiff | undefined;
}

/** Compares two archives member by member; of equal paths the first with the first. Lists are cut at `most`. */
export function compareArchives(
  before: ArchiveListing,
  after: ArchiveListing,
  most: number,
  options: ContentDiffOptions = {},
): ArchiveDifference {
  const old = byPath(before.members);
  const now = byPath(after.members);
  const changed: ChangedMember[] = [];
  let retimed = 0;
  let byChecksum = 0;
  const whole = before.stopped === undefined && after.stopped === undefined;
  for (const [key, a] of old) {
    const b = now.get(key);
    if (b === undefined) continue;
    const facets = facetsOf(a, b);
    if (facets.length > 0) changed.push({ path: a.path, before: a, after: b, facets });
    else if (a.modified !== b.modified) retimed += 1;
    if (comparedByChecksum(a, b)) byChecksum += 1;
  }
  const added = missing(now, old);
  const removed = missing(old, now);
  return {
    formats: [before.format, after.format],
    counts: [before.members.length, after.members.length],
    added: capped(before.stopped === undefined ? added : [], most),
    removed: capped(after.stopped === undefined ? removed : [], most),
    changed: capped(changed, most),
    retimed,
    byChecksum,
    onlyTimes:
      whole && byChecksum === 0 && changed.length === 0 && added.length === 0 && removed.length === 0,
    stopped: [before.stopped, after.stopped],
    inner:
      before.inner !== undefined && after.inner !== undefined
        ? diffContents(before.inner, after.inner, options)
        : undefined,
  };
}

function byPath(members: readonly ArchiveMember[]): Map<string, ArchiveMember> {
  const seen = new Map<string, number>();
  const found = new Map<string, ArchiveMember>();
  for (const member of members) {
    const count = (seen.get(member.path) ?? 0) + 1;
    seen.set(member.path, count);
    // A count has no NUL, so that no two keys meet.
    found.set(`${member.path}\0${String(count)}`, member);
  }
  return found;
}

function missing(
  members: ReadonlyMap<string, ArchiveMember>,
  others: ReadonlyMap<string, ArchiveMember>,
): ArchiveMember[] {
  return [...members].filter(([key]) => !others.has(key)).map(([, member]) => member);
}

function facetsOf(a: ArchiveMember, b: ArchiveMember): MemberFacet[] {
  if (a.kind !== b.kind) return ['kind'];
  const facets: MemberFacet[] = [];
  if (a.size !== b.size || (comparedByChecksum(a, b) ? a.crc !== b.crc : a.content !== b.content))
    facets.push('content');
  if (a.link !== b.link) facets.push('link');
  if (differ(a.mode, b.mode)) facets.push('mode');
  if (differ(a.owner, b.owner)) facets.push('owner');
  return facets;
}

function comparedByChecksum(a: ArchiveMember, b: ArchiveMember): boolean {
  return a.crc !== undefined && b.crc !== undefined && (a.content === undefined || b.content === undefined);
}

/** A zip may say no mode, and says no owner. */
function differ<T>(a: T | undefined, b: T | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b;
}
