import { KIND } from '../../model/entry.js';
import { grown, release } from './large-array.js';
import type { LinkTable } from './link-table.js';
import type { PathTableBuilder } from './path-table.js';
import { isNothing, isParent, isWhiteout, SLASH } from './raw-path.js';
import type { RowBuilder } from './row-builder.js';

/**
 * What a layer has at each path while its archive is read, and where its symbolic links lead. Extractors write a member
 * below a link of the same layer to where the link leads at that moment, inside the root (path_resolution(7); umoci and
 * podman agree), so the index does too. Links of lower layers are the union's affair.
 */
export interface OwnLinks {
  /** Last row the layer has for the node, or -1. */
  rowOf(node: number): number;
  /**
   * Notes that `row` is now what the layer has at `node`, which is `fresh` when no path went through it yet. `target`, for
   * a hard link, is the node it leads to or -1.
   */
  placed(node: number, row: number, fresh: boolean, target: number): void;
  /** Grows whenever a path may lead elsewhere than before. */
  readonly generation: number;
  /** How recent a row below `node` must be to be there still, when one beside it must be newer than `gone`. */
  goneBelow(node: number, gone: number): number;
  /** Whether the node is a link, given what {@link goneBelow} says of its parent. */
  isLink(node: number, gone: number): boolean;
  /** Gives the memory back; nothing may be asked any more. */
  finish(): void;
  /** Returns the directory that a link leads to, made when new; undefined when the way there is too long or endless. */
  follow(link: number): Followed | undefined;
}

/** What is not in the layer counts as a directory, as umoci makes it; `..` never leaves the root. */
export interface Followed {
  readonly node: number;
  /** What {@link OwnLinks.goneBelow} says of the node. */
  readonly gone: number;
  /** Links on the way, and the bytes of their texts. */
  readonly links: number;
  readonly bytes: number;
  /** Bytes of the node's path. */
  readonly length: number;
  /** Whether one of the links leads to what the layer did not have. */
  readonly dangling: boolean;
}

/** As many links as Linux follows before ELOOP (path_resolution(7)). */
export const MOST_LINKS = 40;
/** PATH_MAX, for the links of one path together and for where they lead: bounds the work of a member. */
export const MOST_BYTES = 4096;
/** Components of links walked for one layer: seconds. Honest layers need a few for each member at most. */
const MOST_STEPS = 2 ** 25;

export function createOwnLinks(paths: PathTableBuilder, rows: RowBuilder, links: LinkTable): OwnLinks {
  // Per node, 1 + row and 0 for none: its last row, and the symlink it is (a hard link may be one too).
  let lastRow = new Uint32Array(1024);
  let linkRow = new Uint32Array(1024);
  /** Node to the last row that was no directory, where a directory came after it. */
  const covered = new Map<number, number>();
  /** Where links lead, for this generation. */
  const known = new Map<number, Followed | undefined>();
  let generation = 0;
  let any = false;
  let steps = 0;

  const rowOf = (node: number): number => (node < lastRow.length ? lastRow[node] - 1 : -1);
  const isLink = (node: number, gone: number): boolean => any && linkRow[node] > 0 && rowOf(node) > gone;
  const goneBelow = (node: number, gone: number): number => {
    if (!any) return -1;
    const row = rowOf(node);
    // Whatever was below a path ended when something that is no directory took its place.
    const own = row >= 0 && rows.kindOf(row) !== KIND.directory ? row : (covered.get(node) ?? -1);
    return Math.max(gone, own);
  };
  /** The nodes from the root to `node`, and what {@link goneBelow} says of each. */
  const trailTo = (node: number): { nodes: number[]; gone: number[] } => {
    const nodes: number[] = [];
    for (let at = node; at !== 0; at = paths.parent[at]) nodes.push(at);
    nodes.push(0);
    nodes.reverse();
    const gone = [-1];
    for (let i = 1; i < nodes.length; i++) gone.push(goneBelow(nodes[i], gone[i - 1]));
    return { nodes, gone };
  };

  /** The row of the symlink that a hard link to `target` makes, as in `linkRow`. */
  const linkOf = (target: number): number => {
    if (!any || target < 0 || target >= linkRow.length || linkRow[target] === 0) return 0;
    return isLink(target, trailTo(paths.parent[target]).gone.at(-1) ?? -1) ? linkRow[target] : 0;
  };

  const textOf = (link: number): Uint8Array => links.textOf(rows.linkOf(linkRow[link] - 1));

  const walk = (link: number, linksLeft: number, bytesLeft: number): Followed | undefined => {
    const text = textOf(link);
    // No link can be empty (symlink(2)), so nothing lies below such a one.
    if (linksLeft < 1 || text.length > bytesLeft || text.length === 0) return undefined;
    let { nodes, gone } = trailTo(text[0] === SLASH ? 0 : paths.parent[link]);
    steps += nodes.length;
    let followed = 1;
    let bytes = text.length;
    let dangling = false;
    let isNew = false;
    for (let start = 0; start < text.length;) {
      let stop = start;
      while (stop < text.length && text[stop] !== SLASH) stop++;
      const length = stop - start;
      if (isParent(text, start, length)) {
        if (nodes.length > 1) {
          nodes.pop();
          gone.pop();
        }
        isNew = false;
      } else if (!isNothing(text, start, length)) {
        // No layer has anything below a whiteout's name.
        if (++steps > MOST_STEPS || isWhiteout(text, start, length)) return undefined;
        const before = paths.count;
        const top = nodes.length - 1;
        const node = paths.child(nodes[top], text, start, stop);
        isNew = node >= before;
        if (isLink(node, gone[top])) {
          const inner = known.get(node) ?? walk(node, linksLeft - followed, bytesLeft - bytes);
          if (inner === undefined) return undefined;
          followed += inner.links;
          bytes += inner.bytes;
          dangling ||= inner.dangling;
          ({ nodes, gone } = trailTo(inner.node));
          steps += nodes.length;
        } else {
          nodes.push(node);
          gone.push(goneBelow(node, gone[top]));
        }
      }
      if (followed > linksLeft || bytes > bytesLeft) return undefined;
      start = stop + 1;
    }
    const node = nodes[nodes.length - 1];
    let reached = 0;
    for (const at of nodes) if (at > 0) reached += 1 + paths.nameEnd[at] - paths.nameEnd[at - 1];
    return {
      node,
      gone: gone[gone.length - 1],
      links: followed,
      bytes,
      length: reached,
      dangling: dangling || isNew,
    };
  };

  return {
    rowOf,
    isLink,
    goneBelow,
    get generation() {
      return generation;
    },
    placed(node, row, fresh, target) {
      if (node >= lastRow.length) {
        lastRow = grown(lastRow, paths.count);
        linkRow = grown(linkRow, paths.count);
      }
      const kind = rows.kindOf(row);
      const before = rowOf(node);
      const linkBefore = linkRow[node];
      if (kind === KIND.directory && before >= 0 && rows.kindOf(before) !== KIND.directory)
        covered.set(node, before);
      const link = kind === KIND.symlink ? row + 1 : linkOf(target);
      // A page of nothing but zeros takes no memory until one of them is written.
      if (link !== linkBefore) linkRow[node] = link;
      lastRow[node] = row + 1;
      any ||= link !== 0;
      if (fresh || (kind === KIND.directory && linkBefore === 0)) return;
      generation++;
      if (known.size > 0) known.clear();
    },
    finish() {
      release(lastRow, linkRow);
    },
    follow(link) {
      if (known.has(link)) return known.get(link);
      const found = walk(link, MOST_LINKS, MOST_BYTES);
      known.set(link, found);
      return found;
    },
  };
}
