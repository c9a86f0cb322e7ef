import { createLiveTree } from '../union/live-tree.js';

/** dive's tree of the layers so far (dive v0.13.1, dive/filetree/file_tree.go Stack), with the sums that it adds up anew. */
export interface DiveStack {
  isLive(node: number): boolean;
  /** Whether the last layer that has the path has a directory entry for it; parents without an entry are none. */
  isDirectory(node: number): boolean;
  /** Bytes of the node and of everything below it. */
  bytesAt(node: number): number;
  /** Bytes of everything below it. */
  bytesBelow(node: number): number;
  /** What a layer has at the path is there now; what was below it stays, also below a file. */
  put(node: number, bytes: number, directory: boolean): void;
  /** The path and all below it are gone; nothing happens where there is none. */
  remove(node: number): void;
}

/** Returns the empty stack over paths that are numbered parents first. Each call costs the depth of the path. */
export function createDiveStack(parent: Uint32Array): DiveStack {
  const live = createLiveTree();
  live.reserve(parent.length);
  live.add(0, 0);
  const own = new Float64Array(parent.length);
  const sum = new Float64Array(parent.length);
  const directory = new Uint8Array(parent.length);

  const addUp = (node: number, bytes: number): void => {
    if (bytes !== 0) for (let at = node; at !== 0; at = parent[at]) sum[at] += bytes;
  };
  const need = (node: number): void => {
    const missing: number[] = [];
    for (let at = node; !live.isLive(at); at = parent[at]) missing.push(at);
    for (const at of missing.reverse()) live.add(at, parent[at]);
  };
  return {
    isLive: (node) => live.isLive(node),
    isDirectory: (node) => directory[node] === 1,
    bytesAt: (node) => sum[node],
    bytesBelow: (node) => sum[node] - own[node],
    put(node, bytes, isDirectory) {
      need(node);
      addUp(node, bytes - own[node]);
      own[node] = bytes;
      directory[node] = isDirectory ? 1 : 0;
    },
    remove(node) {
      if (node === 0 || !live.isLive(node)) return;
      addUp(parent[node], -sum[node]);
      live.remove(node, parent[node], (gone) => {
        own[gone] = 0;
        sum[gone] = 0;
        directory[gone] = 0;
      });
    },
  };
}
