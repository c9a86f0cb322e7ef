import { createBreather } from '../../io/breathe.js';
import { FACET } from '../../layers/union/facets.js';
import { fileAt } from '../../layers/union/snapshot-file.js';
import type { Union } from '../../layers/union/union.js';
import { childrenOf } from '../../layers/union/walk.js';
import { dirname } from '../../model/path.js';
import type { UpperEntry } from '../upper/upper-entry.js';
import type { ContainerChange } from './container-change.js';
import { entryFacets } from './entry-facets.js';
import { createLinkCheck } from './link-check.js';
import { createSnapshotCursor, type Place } from './snapshot-cursor.js';

export interface ChangesOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Returns how a container differs from snapshot `n`, in the order of the walk. An entry that is equal in every facet is no
 * change: neither a file that was only touched and set back, nor a directory that overlayfs copied up because of what is
 * in it (docker shows those with C). A removed directory is one change, at its path; what is hidden by an opaque directory
 * or by what took a directory's place is one change per direct child. The time of `/` alone is no change: whoever mounts
 * a container's root changes it. Throws what iterating `upper` throws, E_INTERRUPTED.
 */
export async function changesOf(
  union: Union,
  n: number,
  upper: Iterable<UpperEntry>,
  options: ChangesOptions = {},
): Promise<ContainerChange[]> {
  const breathe = createBreather(options.signal);
  const links = createLinkCheck(union, n);
  const found: ContainerChange[] = [];
  const removed = (node: number, removedBy: ContainerChange['removedBy']): void => {
    const before = fileAt(union, node, n);
    if (before !== undefined)
      found.push({ path: before.path, kind: 'removed', facets: 0, before, after: undefined, removedBy });
  };
  const cursor = createSnapshotCursor(union, (node) => {
    removed(node, 'opaque');
  });

  for (const entry of upper) {
    const place = cursor.enter(entry.path === '/' ? undefined : dirname(entry.path), entry.path);
    if (entry.kind === 'whiteout') {
      if (place.node >= 0) removed(place.node, place.hidden ? 'opaque' : 'name');
      continue;
    }
    await compare(place, entry);
    const pause = breathe(0);
    if (pause !== undefined) await pause;
  }
  cursor.end();
  return links.settle(found);

  async function compare({ node }: Place, entry: UpperEntry): Promise<void> {
    const before = node < 0 ? undefined : fileAt(union, node, n);
    const wasDirectory = before?.kind === 'directory';
    if (entry.kind === 'directory') cursor.down(entry.path, wasDirectory ? node : -1, entry.opaque);
    if (before === undefined) {
      links.note(entry, undefined);
      const added = { path: entry.path, kind: 'added', facets: 0, removedBy: undefined } as const;
      found.push({ ...added, before, after: entry });
      return;
    }
    let facets = await entryFacets(before, entry, breathe);
    if (entry.path === '/') facets &= ~FACET.mtime;
    const inGroup = links.note(entry, before);
    if (facets !== 0 || inGroup)
      found.push({
        path: entry.path,
        kind: 'modified',
        facets,
        before,
        after: entry,
        removedBy: undefined,
      });
    if (wasDirectory && entry.kind !== 'directory')
      for (const child of childrenOf(union, n, node)) removed(child.node, 'replaced');
  }
}
