/** Which nodes exist at the moment while layers are folded, with the children of each that do. */
export interface LiveTree {
  isLive(node: number): boolean;
  /** Makes room for nodes below `count`. */
  reserve(count: number): void;
  /** `node` exists from now on, below the live `parent`. */
  add(node: number, parent: number): void;
  /** `node` and everything live below it cease to exist; `visit` sees each, `node` first. */
  remove(node: number, visit: (node: number) => void): void;
  /** The same for the live children of `node` only. */
  clear(node: number, visit: (node: number) => void): void;
}

const NONE = -1;

/**
 * Children are doubly linked lists in columns, so that removing a subtree costs its live nodes and nothing else: layers
 * that make the same directory opaque again and again stay linear.
 */
export function createLiveTree(): LiveTree {
  let live = new Uint8Array(0);
  let first = new Int32Array(0);
  let next = new Int32Array(0);
  let before = new Int32Array(0);
  const stack: number[] = [];

  const unlink = (node: number, parent: number): void => {
    if (before[node] === NONE) first[parent] = next[node];
    else next[before[node]] = next[node];
    if (next[node] !== NONE) before[next[node]] = before[node];
  };
  const drop = (top: number, visit: (node: number) => void): void => {
    stack.push(top);
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      for (let child = first[node]; child !== NONE; child = next[child]) stack.push(child);
      live[node] = 0;
      first[node] = NONE;
      visit(node);
    }
  };
  /** A list's head needs to know its parent only when it is unlinked; kept beside the lists. */
  let parents = new Int32Array(0);

  return {
    isLive: (node) => live[node] === 1,
    reserve(count) {
      if (count <= live.length) return;
      const size = Math.ceil(count * 1.2);
      live = extend(live, new Uint8Array(size));
      first = extend(first, new Int32Array(size).fill(NONE));
      next = extend(next, new Int32Array(size).fill(NONE));
      before = extend(before, new Int32Array(size).fill(NONE));
      parents = extend(parents, new Int32Array(size).fill(NONE));
    },
    add(node, parent) {
      live[node] = 1;
      first[node] = NONE;
      if (node === parent) return;
      parents[node] = parent;
      before[node] = NONE;
      next[node] = first[parent];
      if (first[parent] !== NONE) before[first[parent]] = node;
      first[parent] = node;
    },
    remove(node, visit) {
      unlink(node, parents[node]);
      drop(node, visit);
    },
    clear(node, visit) {
      for (let child = first[node]; child !== NONE;) {
        const following = next[child];
        drop(child, visit);
        child = following;
      }
      first[node] = NONE;
    },
  };
}

function extend<T extends Uint8Array | Int32Array>(old: T, larger: T): T {
  larger.set(old);
  return larger;
}
