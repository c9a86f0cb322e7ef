import { basename } from '../../model/path.js';
import { compareFiles, type Difference } from './diff.js';
import type { SnapshotFile } from '../union/snapshot-file.js';
import type { Side } from './walk-both.js';

/**
 * Returns the differences with each file that was removed at one path and added with the same content (digest) at
 * another as one `renamed`, in place of the added one. Of several that could be meant the one of the same name is taken,
 * then the first by path; each is used once. Empty files are no evidence. Linear in the differences.
 */
export function joinRenames(found: readonly Difference[], a: Side, b: Side, ignore = 0): Difference[] {
  const removed = new Map<string, Difference[]>();
  for (const difference of found) {
    const content = evidence(difference.before);
    if (difference.kind !== 'removed' || content === undefined) continue;
    const same = removed.get(content);
    if (same === undefined) removed.set(content, [difference]);
    else same.push(difference);
  }
  if (removed.size === 0) return [...found];

  const origin = new Map<Difference, Difference>();
  const used = new Set<Difference>();
  const take = (added: Difference, old: Difference | undefined): void => {
    if (old === undefined || used.has(old)) return;
    origin.set(added, old);
    used.add(old);
  };
  const candidates = found.filter(
    ({ kind, after }) => kind === 'added' && removed.has(evidence(after) ?? ''),
  );
  const named = new Map<string, Difference[]>();
  for (const same of removed.values())
    for (const old of same) {
      const key = nameKey(old);
      const others = named.get(key);
      if (others === undefined) named.set(key, [old]);
      else others.push(old);
    }
  // Places are counted: taking the first from an array of many moves all others.
  const next = new Map<readonly Difference[], number>();
  const firstUnused = (list: readonly Difference[] | undefined): Difference | undefined => {
    if (list === undefined) return undefined;
    let at = next.get(list) ?? 0;
    while (at < list.length && used.has(list[at])) at += 1;
    next.set(list, at);
    return list.at(at);
  };
  for (const added of candidates) take(added, firstUnused(named.get(nameKey(added))));
  for (const added of candidates) {
    if (origin.has(added)) continue;
    take(added, firstUnused(removed.get(evidence(added.after) ?? '')));
  }
  return found.flatMap((difference) => {
    if (used.has(difference)) return [];
    const before = origin.get(difference)?.before;
    const { after } = difference;
    if (before === undefined || after === undefined) return [difference];
    return [
      {
        ...difference,
        kind: 'renamed',
        before,
        facets: compareFiles(a, before, b, after) & ~ignore,
      } as const,
    ];
  });
}

function nameKey({ path, before, after }: Difference): string {
  return `${evidence(before ?? after) ?? ''} ${basename(path)}`;
}

/** What tells the content of a file again; a sparse file too large for a digest is known by that of its data. */
function evidence(file: SnapshotFile | undefined): string | undefined {
  return file?.kind === 'file' && file.size > 0 ? (file.content ?? file.dataDigest) : undefined;
}
