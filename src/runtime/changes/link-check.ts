import { linkGroups } from '../../layers/compare/link-groups.js';
import { FACET } from '../../layers/union/facets.js';
import type { SnapshotFile } from '../../layers/union/snapshot-file.js';
import { nodePath } from '../../layers/index/path-table.js';
import type { Union } from '../../layers/union/union.js';
import type { UpperEntry } from '../upper/upper-entry.js';
import type { ContainerChange } from './container-change.js';

/** Finds where hard links differ, which is known only when all names of the container were seen. */
export interface LinkCheck {
  /** Returns whether the entry, or what the snapshot has at its path, is one of several hard links. */
  note(entry: UpperEntry, before: SnapshotFile | undefined): boolean;
  /** Adds the facet `links` where it belongs and drops what then differs in nothing. */
  settle(changes: readonly ContainerChange[]): ContainerChange[];
}

export function createLinkCheck(union: Union, n: number): LinkCheck {
  const groups = linkGroups(union, n);
  /** Paths of one inode of the container, by its first. */
  const together = new Map<string, string[]>();

  /** Answers by inode of the container and group of the snapshot: each member of a large group asks the same. */
  const answers = new Map<string, boolean>();

  const differ = ({ after, before }: ContainerChange): boolean => {
    if (after === undefined || before === undefined) return false;
    const first = after.hardLink ?? after.path;
    const names = together.get(first) ?? [first];
    const group = groups.get(before.node);
    if (group === undefined) return names.length > 1;
    if (names.length !== group.nodes.length) return true;
    const question = `${first}\0${group.key}`;
    const known = answers.get(question);
    if (known !== undefined) return known;
    const earlier = new Set(group.nodes.map((node) => nodePath(union.paths, node)));
    const answer = !names.every((name) => earlier.has(name));
    answers.set(question, answer);
    return answer;
  };

  return {
    note(entry, before) {
      if (entry.links > 1) {
        const first = entry.hardLink ?? entry.path;
        const names = together.get(first);
        if (names === undefined) together.set(first, [first]);
        else names.push(entry.path);
      }
      return (
        entry.links > 1 || (before !== undefined && entry.kind !== 'directory' && groups.has(before.node))
      );
    },
    settle: (changes) =>
      changes.flatMap((change) => {
        if (change.kind !== 'modified') return [change];
        const facets = change.facets | (differ(change) ? FACET.links : 0);
        return facets === 0 ? [] : [facets === change.facets ? change : { ...change, facets }];
      }),
  };
}
