import {
  compareNames,
  createPathTable,
  pathComponents,
  type PathTable,
  type PathTableBuilder,
} from '../index/path-table.js';
import { groupStarts, sortByGroup } from './grouped.js';
import { enlarged, release, roomyArray } from '../index/large-array.js';

/** The paths of a union while its layers are folded. */
export interface UnionPaths {
  readonly table: PathTableBuilder;
  /** Returns the union's node for each node of the layer's table. */
  adopt(layer: PathTable): Uint32Array;
  /** Returns the node of a rooted clean path, or -1. */
  find(path: string): number;
  /** The finished table; nothing may be adopted or found any more. */
  finish(): PathTable;
}

/** In place of the first child: all children are entered in the table. */
const ENTERED = 0xffffffff;

/**
 * Returns the root alone. What only one layer has below a directory is not looked for in the table and not entered there:
 * names of a layer differ. A second layer that has something there enters it. Until then children are a list.
 */
export function createUnionPaths(expected: number): UnionPaths {
  const table = createPathTable(expected, expected / 16);
  /** 0 where there is none. */
  let first = roomyArray(Uint32Array, expected);
  let next = roomyArray(Uint32Array, expected);

  const enterChildren = (parent: number): void => {
    for (let node = first[parent]; node !== 0; node = next[node]) table.enter(node);
    first[parent] = ENTERED;
  };

  return {
    table,
    adopt(layer) {
      const { count, parent, nameEnd, names } = layer;
      const nodes = new Uint32Array(count);
      const own = table.count;
      if (own + count > first.length) {
        first = enlarged(first, Math.ceil((own + count) * 1.2));
        next = enlarged(next, first.length);
      }
      // Parents come first, so one pass does it.
      for (let node = 1; node < count; node++) {
        const above = nodes[parent[node]];
        const [start, end] = [nameEnd[node - 1], nameEnd[node]];
        if (first[above] !== 0 && first[above] < own) enterChildren(above);
        if (first[above] === ENTERED) nodes[node] = table.child(above, names, start, end);
        else {
          const made = table.append(above, names, start, end);
          next[made] = first[above];
          first[above] = made;
          nodes[node] = made;
        }
      }
      return nodes;
    },
    find(path) {
      let node = 0;
      for (const name of pathComponents(path)) {
        if (first[node] !== ENTERED) enterChildren(node);
        node = table.find(node, name, 0, name.length);
        if (node < 0) break;
      }
      return node;
    },
    finish() {
      release(first.subarray(0, table.count), next.subarray(0, table.count));
      return table.finish();
    },
  };
}

/** Returns the children of every node in one array, sorted by bytes, and where each node's begin. */
export function sortChildren(table: PathTable): { childStart: Uint32Array; children: Uint32Array } {
  const childStart = groupStarts(table.parent, 1, table.count, table.count);
  const cursor = childStart.slice(0, table.count);
  const children = new Uint32Array(Math.max(0, table.count - 1));
  sortByGroup(table.parent, 1, table.count, cursor, children);
  release(cursor);
  for (let node = 0; node < table.count; node++)
    if (childStart[node + 1] - childStart[node] > 1)
      sortNames(table, children, childStart[node], childStart[node + 1]);
  return { childStart, children };
}

function sortNames(table: PathTable, nodes: Uint32Array, start: number, end: number): void {
  // Archives are mostly written sorted; checking that is much cheaper than sorting.
  let at = start + 1;
  while (at < end && compareNames(table, nodes[at - 1], nodes[at]) <= 0) at += 1;
  if (at < end) nodes.subarray(start, end).sort((a, b) => compareNames(table, a, b));
}
