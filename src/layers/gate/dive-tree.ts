import { KIND } from '../../model/entry.js';
import { sortChildren } from '../union/union-paths.js';
import type { LayerIndex } from '../index/layer-index.js';
import type { PathTable } from '../index/path-table.js';

/** The nodes of the tree that dive makes of one layer, in the order in which it visits them: children first, by name. */
export interface DiveTree {
  readonly count: number;
  /** Node in the layer's path table; of the hidden path for a whiteout. */
  readonly node: Uint32Array;
  /** Row of the last entry with that path; -1 for a directory that has none. */
  readonly row: Int32Array;
  /** 1 for a whiteout, which is a file `.wh.name` to dive. */
  readonly whiteout: Uint8Array;
  /** 1 where nothing lies below. */
  readonly leaf: Uint8Array;
}

const NO_ROW = -1;
const ABSENT = -2;

/**
 * Returns dive's tree of a layer (dive v0.13.1, dive/filetree/file_tree.go AddPath and VisitDepthChildFirst): the last
 * entry of a path counts, parents without an entry are there all the same, an opaque marker leaves only its directory.
 */
export function diveTree(index: LayerIndex): DiveTree {
  const { paths, columns, count: rows } = index;
  const present = new Int32Array(paths.count).fill(ABSENT);
  const hidden = new Int32Array(paths.count).fill(ABSENT);
  const need = (node: number): void => {
    for (let at = node; at !== 0 && present[at] === ABSENT; at = paths.parent[at]) present[at] = NO_ROW;
  };
  let whiteouts = 0;
  for (let row = 0; row < rows; row++) {
    const node = columns.node[row];
    const kind = columns.kind[row];
    if (kind === KIND.whiteout) {
      need(paths.parent[node]);
      if (hidden[node] === ABSENT) whiteouts += 1;
      hidden[node] = row;
    } else {
      need(node);
      if (kind !== KIND.opaque && node !== 0) present[node] = row;
    }
  }
  return ordered(index, present, hidden, whiteouts);
}

function ordered(index: LayerIndex, present: Int32Array, hidden: Int32Array, whiteouts: number): DiveTree {
  const { paths } = index;
  let size = whiteouts;
  for (let node = 1; node < paths.count; node++) if (present[node] !== ABSENT) size += 1;
  const tree = {
    count: size,
    node: new Uint32Array(size),
    row: new Int32Array(size),
    whiteout: new Uint8Array(size),
    leaf: new Uint8Array(size),
  };
  const { childStart, children } = sortChildren(paths);
  let count = 0;
  const put = (node: number, row: number, whiteout: boolean, leaf: boolean): void => {
    tree.node[count] = node;
    tree.row[count] = row;
    tree.whiteout[count] = whiteout ? 1 : 0;
    tree.leaf[count] = leaf ? 1 : 0;
    count += 1;
  };
  /** What dive has below `node`, in its order; a whiteout as the complement of its node. */
  const below = (node: number): number[] => {
    const files: number[] = [];
    const gone: number[] = [];
    for (let i = childStart[node]; i < childStart[node + 1]; i++) {
      const child = children[i];
      if (present[child] !== ABSENT) files.push(child);
      if (hidden[child] !== ABSENT) gone.push(~child);
    }
    if (gone.length === 0) return files;
    // Whiteouts are in order among themselves: all begin with the same four characters.
    const merged: number[] = [];
    let next = 0;
    for (const file of files) {
      while (next < gone.length && isBefore(paths, ~gone[next], file)) merged.push(gone[next++]);
      merged.push(file);
    }
    return merged.concat(gone.slice(next));
  };
  const stack = [{ node: 0, items: below(0), at: 0 }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    if (top.at < top.items.length) {
      const item = top.items[top.at++];
      if (item < 0) put(~item, hidden[~item], true, true);
      else stack.push({ node: item, items: below(item), at: 0 });
      continue;
    }
    stack.pop();
    if (top.node !== 0) put(top.node, present[top.node], false, top.items.length === 0);
  }
  return tree;
}

/** Bytes of `.wh.`. */
const PREFIX = Uint8Array.of(0x2e, 0x77, 0x68, 0x2e);

/** Whether the whiteout of `gone` sorts before the file. */
function isBefore({ names, nameEnd }: PathTable, gone: number, file: number): boolean {
  const whiteout = Buffer.concat([PREFIX, names.subarray(nameEnd[gone - 1], nameEnd[gone])]);
  return Buffer.compare(whiteout, names.subarray(nameEnd[file - 1], nameEnd[file])) < 0;
}
