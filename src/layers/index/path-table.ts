import { decodeName, encodeName } from '../../model/name.js';
import { enlarged, release, roomyArray } from './large-array.js';

/**
 * Paths as a tree of interned components, in columns: node 0 is the root, a node's parent always has a smaller number,
 * and node i's name is `names[nameEnd[i-1] … nameEnd[i]]`. A path costs its last component only.
 */
export interface PathTable {
  readonly count: number;
  readonly parent: Uint32Array;
  readonly nameEnd: Uint32Array;
  readonly names: Uint8Array;
}

/** A table that grows: its arrays are replaced as it does, so read them anew after each {@link child}. */
export interface PathTableBuilder extends PathTable {
  /** Returns the node of the component `bytes[start…end]` below `parent`, made when new. */
  child(parent: number, bytes: Uint8Array, start: number, end: number): number;
  /** Returns a new node with that name that {@link child} and {@link find} do not know until it is entered. */
  append(parent: number, bytes: Uint8Array, start: number, end: number): number;
  /** From now on the appended node is found. */
  enter(node: number): void;
  /** Returns that node or -1, without making one. */
  find(parent: number, bytes: Uint8Array, start: number, end: number): number;
  /** The finished table; nothing may be added or found any more. */
  finish(): PathTable;
}

/** Hostile names must not be able to choose their hash, or the table becomes a list (hash flooding). */
const SEED = (Math.random() * 0xffffffff) >>> 0;
/** The root is in no slot. */
const EMPTY = 0;
/** The hash of a node that was not entered. */
const NONE = 0;
const SLASH = 0x2f;
/** Fuller, a name that is new takes long to be found missing (Knuth, volume 3, 6.4: 3.6 looks here, 8.5 at 0.75). */
const MOST_FULL = 0.6;

/** Returns an empty table that holds the root. `expected` and `entered` are hints for the number of nodes. */
export function createPathTable(expected = 1024, entered = expected): PathTableBuilder {
  let capacity = Math.max(16, expected);
  let parent = roomyArray(Uint32Array, capacity);
  let nameEnd = roomyArray(Uint32Array, capacity);
  let hashes = roomyArray(Uint32Array, capacity);
  let names = roomyArray(Uint8Array, capacity * 8);
  let count = 1;
  let used = 0;
  let found = 0;
  let mask = slotCount(Math.max(16, entered)) - 1;
  let slots = roomyArray(Uint32Array, mask + 1);
  capacity = parent.length;

  const grow = (): void => {
    parent = enlarged(parent, Math.ceil(capacity * 1.6));
    nameEnd = enlarged(nameEnd, parent.length);
    hashes = enlarged(hashes, parent.length);
    capacity = parent.length;
  };
  /** Apart from the rest: all slots are written, however few nodes there are. */
  const addSlots = (): void => {
    mask = 2 * mask + 1;
    slots = roomyArray(Uint32Array, mask + 1);
    for (let node = 1; node < count; node++) if (hashes[node] !== NONE) slots[freeSlot(hashes[node])] = node;
  };
  const freeSlot = (hash: number): number => {
    let slot = hash & mask;
    while (slots[slot] !== EMPTY) slot = (slot + 1) & mask;
    return slot;
  };

  const search = (above: number, bytes: Uint8Array, start: number, end: number, hash: number): number => {
    let slot = hash & mask;
    for (;;) {
      const node = slots[slot];
      if (node === EMPTY) return -1 - slot;
      if (hashes[node] === hash && parent[node] === above && sameName(node, bytes, start, end)) return node;
      slot = (slot + 1) & mask;
    }
  };

  const sameName = (node: number, bytes: Uint8Array, start: number, end: number): boolean => {
    let at = nameEnd[node - 1];
    if (nameEnd[node] - at !== end - start) return false;
    for (let i = start; i < end; i++) if (names[at++] !== bytes[i]) return false;
    return true;
  };

  const append = (above: number, bytes: Uint8Array, start: number, end: number): number => {
    if (count === capacity) grow();
    if (used + end - start > names.length)
      names = enlarged(names, Math.max(Math.ceil(names.length * 1.6), used + end - start));
    const [into, from] = [names, used - start];
    for (let i = start; i < end; i++) into[from + i] = bytes[i];
    used += end - start;
    parent[count] = above;
    nameEnd[count] = used;
    return count++;
  };
  const keep = (node: number, hash: number, slot: number): void => {
    hashes[node] = hash;
    if (++found > MOST_FULL * mask) addSlots();
    else slots[slot] = node;
  };

  return {
    get count() {
      return count;
    },
    get parent() {
      return parent;
    },
    get nameEnd() {
      return nameEnd;
    },
    get names() {
      return names;
    },
    find(above, bytes, start, end) {
      const slot = search(above, bytes, start, end, hashName(above, bytes, start, end));
      return slot < 0 ? -1 : slot;
    },
    child(above, bytes, start, end) {
      const hash = hashName(above, bytes, start, end);
      const known = search(above, bytes, start, end, hash);
      if (known >= 0) return known;
      const node = append(above, bytes, start, end);
      keep(node, hash, -1 - known);
      return node;
    },
    append,
    enter(node) {
      const hash = hashName(parent[node], names, nameEnd[node - 1], nameEnd[node]);
      keep(node, hash, freeSlot(hash));
    },
    finish() {
      release(hashes.subarray(0, count), slots);
      // Views: what was never written of an array takes no memory.
      return {
        count,
        parent: parent.subarray(0, count),
        nameEnd: nameEnd.subarray(0, count),
        names: names.subarray(0, used),
      };
    },
  };
}

/** Returns the last component of the node's path as a name; '' for the root. */
export function nodeName(table: PathTable, node: number): string {
  return node === 0 ? '' : decodeName(table.names.subarray(table.nameEnd[node - 1], table.nameEnd[node]));
}

/** Returns the node's rooted path as a name. */
export function nodePath(table: PathTable, node: number): string {
  return node === 0 ? '/' : decodeName(nodeBytes(table, node));
}

/** Returns the node's rooted path as bytes, with a `slash` at its end where that is wanted; empty for the root. */
export function nodeBytes(table: PathTable, node: number, slash = false): Uint8Array {
  let length = 0;
  for (let at = node; at !== 0; at = table.parent[at])
    length += 1 + table.nameEnd[at] - table.nameEnd[at - 1];
  const bytes = new Uint8Array(slash && node !== 0 ? length + 1 : length);
  if (bytes.length > length) bytes[length] = SLASH;
  let end = length;
  for (let at = node; at !== 0; at = table.parent[at]) {
    const from = table.nameEnd[at - 1];
    const size = table.nameEnd[at] - from;
    end -= size;
    for (let i = 0; i < size; i++) bytes[end + i] = table.names[from + i];
    bytes[--end] = SLASH;
  }
  return bytes;
}

/** Returns the byte components of a rooted clean path. */
export function pathComponents(path: string): Uint8Array[] {
  return path === '/' || path === '' ? [] : path.slice(1).split('/').map(encodeName);
}

/** Compares two nodes' names as bytes, below zero when a's comes first. */
export function compareNames(table: PathTable, a: number, b: number): number {
  let i = table.nameEnd[a - 1];
  let j = table.nameEnd[b - 1];
  const endA = table.nameEnd[a];
  const endB = table.nameEnd[b];
  const { names } = table;
  while (i < endA && j < endB) {
    const difference = names[i++] - names[j++];
    if (difference !== 0) return difference;
  }
  return endA - i - (endB - j);
}

function hashName(above: number, bytes: Uint8Array, start: number, end: number): number {
  let hash = Math.imul(above ^ SEED, 0x9e3779b1) ^ (end - start);
  for (let i = start; i < end; i++) {
    hash = Math.imul(hash ^ bytes[i], 0x01000193);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0 || 1;
}

/** Returns the smallest power of two of which so many are {@link MOST_FULL}. */
function slotCount(capacity: number): number {
  return 2 ** Math.ceil(Math.log2(capacity / MOST_FULL));
}
