/**
 * The rows of a tree that is folded here and there, without a list of them: every node knows how many rows it takes, so
 * that a row is found from its number, and its number from a node, by going down or up once.
 */
export interface TreeRows {
  readonly parent: Uint32Array;
  /** 1 for nodes that have a row when all above them are open. */
  readonly shown: Uint8Array;
  readonly open: Uint8Array;
  /** Rows that a shown node takes: itself and, when open, those below. Of node 0, which has no row, all of them. */
  readonly rows: Uint32Array;
  /** The shown children in the order of the rows. */
  readonly childrenOf: (node: number) => ArrayLike<number>;
}

/** Returns the rows each shown node takes. Linear in nodes: parents have smaller numbers. */
export function countRows(parent: Uint32Array, shown: Uint8Array, open: Uint8Array): Uint32Array {
  const rows = new Uint32Array(parent.length);
  for (let node = parent.length - 1; node > 0; node--) {
    if (shown[node] === 0) continue;
    rows[node] = open[node] === 1 ? rows[node] + 1 : 1;
    rows[parent[node]] += rows[node];
  }
  return rows;
}

/**
 * Adds `more` rows to a shown node and to those above it whose rows it is among. A closed directory takes one row,
 * whatever is in it.
 */
export function addRows(
  { parent, open, rows }: Pick<TreeRows, 'parent' | 'open' | 'rows'>,
  node: number,
  more: number,
): void {
  for (let at = node; ; at = parent[at]) {
    rows[at] += more;
    if (at === 0 || (parent[at] !== 0 && open[parent[at]] === 0)) break;
  }
}

/** How many rows there are. */
export function rowCount({ rows }: TreeRows): number {
  return rows[0];
}

/** Returns the nodes of at most `count` rows from row `top` on. */
export function rowsFrom(tree: TreeRows, top: number, count: number): number[] {
  const found: number[] = [];
  if (top >= tree.rows[0] || count <= 0) return found;
  const stack: { readonly list: ArrayLike<number>; at: number }[] = [];
  let left = Math.max(0, top);
  let list = tree.childrenOf(0);
  for (let at = 0; at < list.length;) {
    const node = list[at];
    if (left >= tree.rows[node]) {
      left -= tree.rows[node];
      at += 1;
      continue;
    }
    if (left === 0) {
      stack.push({ list, at });
      break;
    }
    left -= 1;
    stack.push({ list, at: at + 1 });
    list = tree.childrenOf(node);
    at = 0;
  }
  for (let level = stack.at(-1); level !== undefined && found.length < count; level = stack.at(-1)) {
    if (level.at >= level.list.length) {
      stack.pop();
      continue;
    }
    const node = level.list[level.at++];
    found.push(node);
    if (tree.rows[node] > 1) stack.push({ list: tree.childrenOf(node), at: 0 });
  }
  return found;
}

/** Returns the number of the node's row; -1 when it has none now. */
export function rowOf(tree: TreeRows, node: number): number {
  if (!isVisible(tree, node)) return -1;
  let row = -1;
  for (let at = node; at !== 0; at = tree.parent[at]) {
    row += 1;
    const siblings = tree.childrenOf(tree.parent[at]);
    for (let i = 0; siblings[i] !== at && i < siblings.length; i++) row += tree.rows[siblings[i]];
  }
  return row;
}

/** Whether the node has a row: it is shown and all above it are open. */
export function isVisible(tree: TreeRows, node: number): boolean {
  if (node === 0 || node >= tree.shown.length || tree.shown[node] === 0) return false;
  for (let at = tree.parent[node]; at !== 0; at = tree.parent[at]) if (tree.open[at] === 0) return false;
  return true;
}

/** Returns the node itself when it has a row, else the nearest above it that has one, else the first row's; 0: no rows. */
export function nearestVisible(tree: TreeRows, node: number): number {
  let best = 0;
  for (let at = node < tree.parent.length ? node : 0; at !== 0; at = tree.parent[at]) {
    if (tree.shown[at] === 0) best = 0;
    else if (best === 0 || tree.open[at] === 0) best = at;
  }
  return best === 0 ? (rowsFrom(tree, 0, 1).at(0) ?? 0) : best;
}

/** Returns the tree with one directory opened or closed. Costs its children and the directories above. */
export function withOpen(tree: TreeRows, node: number, open: boolean): TreeRows {
  if ((tree.open[node] === 1) === open || node === 0) return tree;
  const opened = tree.open.slice();
  opened[node] = open ? 1 : 0;
  const rows = tree.rows.slice();
  let added = 0;
  const children = tree.childrenOf(node);
  for (let i = 0; i < children.length; i++) added += rows[children[i]];
  const other = { ...tree, open: opened, rows };
  if (tree.shown[node] === 1) addRows(other, node, open ? added : -added);
  return other;
}
