import { enlarged, release } from '../index/large-array.js';

/** Which nodes exist at the moment while layers are folded, with the children of each that do. */
export interface LiveTree {
  isLive(node: number): boolean;
  /** Makes room for nodes below `count`. */
  reserve(count: number): void;
  /** `node` exists from now on, below the live `parent`; the root is below itself. */
  add(node: number, parent: number): void;
  /** `node`, below `parent`, and everything live below it cease to exist; `visit` sees each, `node` first. */
  remove(node: number, parent: number, visit: (node: number) => void): void;
  /** The same for the live children of `node` only. */
  clear(node: number, visit: (node: number) => void): void;
  /** Gives the memory of `count` nodes back; nothing may be asked any more. */
  release(count: number): void;
}

/** The root is nobody's child. */
const NONE = 0;

/**
 * Children are doubly linked lists in columns, so that removing a subtree costs its live nodes and nothing else: layers
 * that make the same directory opaque again and again stay linear.
 */
export function createLiveTree(): LiveTree {
  let live = new Uint8Array(0);
  let first = new Uint32Array(0);
  let next = new Uint32Array(0);
  let before = new Uint32Array(0);
  let capacity = 0;
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

  return {
    isLive: (node) => live[node] === 1,
    reserve(count) {
      if (count <= capacity) return;
      const size = Math.ceil(count * 1.2);
      live = enlarged(live, size);
      first = enlarged(first, size);
      next = enlarged(next, size);
      before = enlarged(before, size);
      // A roomy array of bytes has room for four times as many nodes as the others.
      capacity = Math.min(live.length, first.length, next.length, before.length);
    },
    add(node, parent) {
      live[node] = 1;
      first[node] = NONE;
      if (node === parent) return;
      before[node] = NONE;
      next[node] = first[parent];
      if (first[parent] !== NONE) before[first[parent]] = node;
      first[parent] = node;
    },
    remove(node, parent, visit) {
      unlink(node, parent);
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
    release(count) {
      release(...[first, next, before].map((column) => column.subarray(0, count)));
    },
  };
}
