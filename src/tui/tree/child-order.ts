import { compareNames } from '../../layers/index/path-table.js';
import type { Union } from '../../layers/union/union.js';

export type SortKey = 'size' | 'name';

/** Returns a function that gives the shown children of a node in order, each list sorted when first asked for. */
export function childOrder(
  union: Union,
  shown: Uint8Array,
  sort: SortKey,
  sizes: (node: number) => number,
): (node: number) => ArrayLike<number> {
  const kept = new Map<number, Uint32Array>();
  return (node) => {
    let list = kept.get(node);
    if (list === undefined) {
      list = shownChildren(union, shown, node);
      if (sort === 'size' && list.length > 1) list = largestFirst(list, sizes);
      kept.set(node, list);
    }
    return list;
  };
}

/** In a loop: a callback for each of ten thousand takes longer than a key press may. */
function shownChildren({ children, childStart }: Union, shown: Uint8Array, node: number): Uint32Array {
  const [start, end] = [childStart[node], childStart[node + 1]];
  const list = new Uint32Array(end - start);
  let count = 0;
  for (let i = start; i < end; i++) if (shown[children[i]] === 1) list[count++] = children[i];
  return list.subarray(0, count);
}

/** Equal ones stay in the order of their names. */
function largestFirst(list: Uint32Array, sizes: (node: number) => number): Uint32Array {
  const keys = new Float64Array(list.length);
  let isSorted = true;
  for (let i = 0; i < list.length; i++) {
    keys[i] = sizes(list[i]);
    if (i > 0 && keys[i] > keys[i - 1]) isSorted = false;
  }
  if (isSorted) return list;
  const order = Uint32Array.from(keys, (_, i) => i).sort((a, b) => keys[b] - keys[a] || a - b);
  return order.map((i) => list[i]);
}

/** Returns below zero when the row of `a` comes before that of `b` in a tree that is all open. */
export function compareRows(
  union: Union,
  sort: SortKey,
  sizes: (node: number) => number,
): (a: number, b: number) => number {
  const { parent } = union.paths;
  const depth = (node: number): number => {
    let deep = 0;
    for (let at = node; at !== 0; at = parent[at]) deep += 1;
    return deep;
  };
  return (a, b) => {
    if (a === b) return 0;
    const [deepA, deepB] = [depth(a), depth(b)];
    let [x, y] = [a, b];
    for (let d = deepA; d > deepB; d--) x = parent[x];
    for (let d = deepB; d > deepA; d--) y = parent[y];
    if (x === y) return deepA - deepB;
    while (parent[x] !== parent[y]) [x, y] = [parent[x], parent[y]];
    if (x === 0 || y === 0) return x - y;
    const bySize = sort === 'size' ? sizes(y) - sizes(x) : 0;
    return bySize === 0 ? compareNames(union.paths, x, y) : bySize;
  };
}
