import { compareNames, type PathTable, type PathTableBuilder } from './path-table.js';
import { release } from './large-array.js';

/** Returns the union's node for each node of the layer's table. Parents come first there, so one pass does it. */
export function adopt(paths: PathTableBuilder, table: PathTable): Uint32Array {
  const nodes = new Uint32Array(table.count);
  for (let node = 1; node < table.count; node++)
    nodes[node] = paths.child(
      nodes[table.parent[node]],
      table.names,
      table.nameEnd[node - 1],
      table.nameEnd[node],
    );
  return nodes;
}

/** Returns the children of every node in one array, sorted by bytes, and where each node's begin. */
export function sortChildren(table: PathTable): { childStart: Uint32Array; children: Uint32Array } {
  const childStart = new Uint32Array(table.count + 1);
  for (let node = 1; node < table.count; node++) childStart[table.parent[node] + 1]++;
  for (let node = 0; node < table.count; node++) childStart[node + 1] += childStart[node];
  const cursor = childStart.slice(0, table.count);
  const children = new Uint32Array(Math.max(0, table.count - 1));
  for (let node = 1; node < table.count; node++) children[cursor[table.parent[node]]++] = node;
  release(cursor);
  for (let node = 0; node < table.count; node++) {
    const list = children.subarray(childStart[node], childStart[node + 1]);
    for (let i = 1; i < list.length; i++) {
      // Archives are mostly written sorted; checking that is much cheaper than sorting.
      if (compareNames(table, list[i - 1], list[i]) > 0) {
        list.sort((a, b) => compareNames(table, a, b));
        break;
      }
    }
  }
  return { childStart, children };
}
